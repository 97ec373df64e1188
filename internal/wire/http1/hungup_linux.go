package http1

import "golang.org/x/sys/unix"

// hungUp reports whether the other side sends no more, whatever is still unread.
func hungUp(fd int32) bool {
	ask := []unix.PollFd{{Fd: fd, Events: unix.POLLRDHUP}}
	n, err := unix.Poll(ask, 0)
	return err == nil && n > 0 && ask[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) != 0
}
