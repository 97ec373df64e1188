package ws

import (
	"errors"
	"os"
	"syscall"
	"time"
	"unsafe"
)

const edge = 1 << 31 // EPOLLET, a negative number in package syscall

// watch is an epoll instance that no thread waits for: another one, the bell, lies in Go's
// poller and rings once when it is asked to, if the first has something.
type watch struct {
	fd   int
	bell *os.File
	raw  syscall.RawConn // the bell's
}

func newWatch() (*watch, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	w := &watch{fd: fd}
	if err := w.hang(); err != nil {
		_ = syscall.Close(fd)
		return nil, err
	}
	return w, nil
}

// hang hangs the bell up, silent.
func (w *watch) hang() error {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	err = errors.Join(
		syscall.SetNonblock(fd, true), // so that Go's poller takes it
		syscall.EpollCtl(fd, syscall.EPOLL_CTL_ADD, w.fd, &syscall.EpollEvent{Events: syscall.EPOLLONESHOT}),
	)
	w.bell = os.NewFile(uintptr(fd), "epoll")
	if err == nil {
		err = w.bell.SetDeadline(time.Time{}) // it does
	}
	if err == nil {
		w.raw, err = w.bell.SyscallConn()
	}
	if err != nil {
		_ = w.bell.Close()
	}
	return err
}

// end wakes who sleeps, for good.
func (w *watch) end() { _ = w.bell.Close() }

// add begins to watch a descriptor. What there is of it already is an event, too.
func (w *watch) add(fd int) error {
	return syscall.EpollCtl(w.fd, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{
		Events: syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | edge, Fd: int32(fd),
	})
}

func (w *watch) drop(fd int) { _ = syscall.EpollCtl(w.fd, syscall.EPOLL_CTL_DEL, fd, nil) }

// sleep waits for something to see; false when the watch has ended.
func (w *watch) sleep() bool {
	var one [1]syscall.EpollEvent
	asked := false
	return w.raw.Read(func(bell uintptr) bool {
		if !asked {
			ev := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLONESHOT}
			asked = syscall.EpollCtl(int(bell), syscall.EPOLL_CTL_MOD, w.fd, &ev) == nil
		}
		return look(int(bell), one[:]) > 0
	}) == nil
}

// look returns how many events there are. It never waits.
func look(fd int, events []syscall.EpollEvent) int {
	for {
		n, _, err := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(fd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
		switch err {
		case 0:
			return int(n)
		case syscall.EINTR:
		default:
			return 0
		}
	}
}
