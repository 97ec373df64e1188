//go:build unix && !linux

package ws

import (
	"errors"
	"syscall"
)

func writeSmall(fd uintptr, b []byte) (int, error) { return writeNow(fd, b) }

// readNow reads what is there; wait says that it is nothing.
func readNow(fd uintptr, b []byte) (n int, wait bool, err error) {
	for {
		n, err = syscall.Read(int(fd), b)
		switch {
		case err == nil:
			return n, false, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return 0, true, nil
		default:
			return 0, false, err
		}
	}
}
