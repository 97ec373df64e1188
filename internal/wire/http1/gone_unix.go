//go:build unix

package http1

import (
	"errors"
	"net"
	"syscall"
)

var errUnread = errors.New("there are bytes that were not read")

// SyscallConn lends the system's connection, once what was read before is gone.
func (r *resumed) SyscallConn() (syscall.RawConn, error) {
	sc, ok := r.Conn.(syscall.Conn)
	switch {
	case !ok:
		return nil, errors.ErrUnsupported
	case len(r.read) > 0:
		return nil, errUnread
	}
	return sc.SyscallConn()
}

// clientGone reports whether the client has closed its side. It takes nothing from
// the connection. What TLS says at its end lies before the end of the connection, so there
// the system is asked for that end itself.
func clientGone(nc net.Conn) (ended bool) {
	nc, secure := beneath(nc)
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	err = raw.Control(func(fd uintptr) {
		var one [1]byte
		n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		ended = secure && n > 0 && hungUp(int32(fd)) || n == 0 && err == nil || err != nil && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR)
	})
	return ended || err != nil
}
