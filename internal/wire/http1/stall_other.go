//go:build !linux

package http1

import (
	"net"
	"time"
)

const endsStalls = false

// giveUp can't be asked of this system.
func giveUp(net.Conn, time.Duration) {}
