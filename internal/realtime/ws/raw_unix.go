//go:build unix

package ws

import (
	"errors"
	"net"
	"syscall"
)

// writeNow writes what the socket takes at once.
func writeNow(fd uintptr, b []byte) (int, error) {
	for {
		n, err := syscall.Write(int(fd), b)
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return 0, nil
		default:
			return 0, err
		}
	}
}

// endWrites tells the other side that no more comes.
func endWrites(fd uintptr) error { return syscall.Shutdown(int(fd), syscall.SHUT_WR) }

// rawOf returns what lets a connection be used without waiting, nil where it can't be.
func rawOf(nc net.Conn) syscall.RawConn {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}
