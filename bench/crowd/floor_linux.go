package main

import (
	"bytes"
	"net"
	"syscall"
)

// What the least program says: to who connects, and to a heartbeat, as the server does.
var (
	floorReady   = []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	floorWelcome = []byte("HTTP/1.1 101 Switching Protocols\r\n\r\n")
	floorAnswer  = func() []byte {
		text := `[null,"9","phoenix","phx_reply",{"status":"ok","response":{}}]`
		return append([]byte{0x81, byte(len(text))}, text...)
	}()
)

const edges = 1 << 31 // EPOLLET, which syscall has as a negative number

// serveFloor is the least program that could answer heartbeats: one thread waits for all
// sockets, reads once from each that has something, and writes the same to it. It looks at
// nothing and knows nothing, so that its CPU time is the kernel's for as many reads and
// writes. It serves until it is ended.
func serveFloor(addr string) error {
	ln, ep, err := floorListen(addr)
	if err != nil {
		return err
	}
	events, buf := make([]syscall.EpollEvent, 512), make([]byte, 4096)
	for {
		n, err := syscall.EpollWait(ep, events, -1)
		if err != nil && err != syscall.EINTR {
			return err
		}
		for _, e := range events[:max(n, 0)] {
			if int(e.Fd) == ln {
				err = floorAccept(ln, ep)
			} else {
				err = floorEcho(int(e.Fd), buf)
			}
			if err != nil {
				return err
			}
		}
	}
}

func floorListen(addr string) (ln, ep int, err error) {
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return 0, 0, err
	}
	if ln, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0); err != nil {
		return 0, 0, err
	}
	if err = syscall.Bind(ln, &syscall.SockaddrInet4{Port: at.Port, Addr: [4]byte(at.IP.To4())}); err != nil {
		return 0, 0, err
	}
	if err = syscall.Listen(ln, 1024); err != nil {
		return 0, 0, err
	}
	if ep, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return 0, 0, err
	}
	return ln, ep, syscall.EpollCtl(ep, syscall.EPOLL_CTL_ADD, ln, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(ln)})
}

func floorAccept(ln, ep int) error {
	fd, _, err := syscall.Accept4(ln, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
	if err == syscall.EAGAIN {
		return nil
	}
	if err != nil {
		return err
	}
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1) // as Go does
	return syscall.EpollCtl(ep, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN | edges, Fd: int32(fd)})
}

// floorEcho reads once and writes once; where that fails, the phone has gone.
func floorEcho(fd int, buf []byte) error {
	n, err := syscall.Read(fd, buf)
	out := floorAnswer
	switch {
	case err != nil || n == 0:
		return syscall.Close(fd)
	case bytes.HasPrefix(buf[:n], []byte("GET /realtime")):
		out = floorWelcome
	case bytes.HasPrefix(buf[:n], []byte("GET ")):
		out = floorReady
	}
	if _, err := syscall.Write(fd, out); err != nil {
		return syscall.Close(fd)
	}
	return nil
}
