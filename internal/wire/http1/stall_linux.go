package http1

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// endsStalls says that giveUp does what it says.
const endsStalls = true

// giveUp lets the kernel end a connection whose client has taken nothing for a time of what
// was sent to it: it alone knows what has arrived, however the answer was written (TLS,
// HTTP/2, a file).
func giveUp(nc net.Conn, after time.Duration) {
	c, ok := nc.(*net.TCPConn)
	if !ok || after <= 0 {
		return
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return // it has ended
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(max(1, after.Milliseconds())))
	})
}
