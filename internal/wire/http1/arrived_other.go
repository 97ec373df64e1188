//go:build !linux

package http1

import (
	"net"
	"time"
)

func arrived(*net.TCPConn) (time.Duration, bool) { return 0, false }
