package ws

import (
	"syscall"
	"unsafe"
)

// unacknowledged returns how many bytes the other side has not acknowledged.
func unacknowledged(raw syscall.RawConn) uint64 {
	if raw == nil {
		return 0
	}
	var n int32
	err := raw.Control(func(fd uintptr) {
		// TIOCOUTQ, which sockets know as SIOCOUTQ
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&n))); e != 0 {
			n = 0
		}
	})
	if err != nil || n < 0 {
		return 0
	}
	return uint64(n)
}
