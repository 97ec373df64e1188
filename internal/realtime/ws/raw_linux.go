package ws

import (
	"syscall"
	"unsafe"
)

// These calls never wait and are short, so the scheduler is not told of them: that would
// wake its monitor for each batch of heartbeats.

// writeSmall writes what the socket takes at once.
func writeSmall(fd uintptr, b []byte) (int, error) {
	n, err := transfer(syscall.SYS_SENDTO, fd, b, syscall.MSG_NOSIGNAL)
	if err == syscall.EAGAIN {
		return 0, nil
	}
	return n, errorOf(err)
}

// readNow reads what is there; wait says that it is nothing.
func readNow(fd uintptr, b []byte) (n int, wait bool, err error) {
	n, e := transfer(syscall.SYS_RECVFROM, fd, b, 0)
	if e == syscall.EAGAIN {
		return 0, true, nil
	}
	return n, false, errorOf(e)
}

func transfer(call, fd uintptr, b []byte, flags uintptr) (int, syscall.Errno) {
	for {
		n, _, err := syscall.RawSyscall6(call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), syscall.MSG_DONTWAIT|flags, 0, 0)
		switch err {
		case 0:
			return int(n), 0
		case syscall.EINTR:
		default:
			return 0, err
		}
	}
}

func errorOf(e syscall.Errno) error {
	if e == 0 {
		return nil
	}
	return e
}
