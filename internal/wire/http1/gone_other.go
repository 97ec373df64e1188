//go:build !unix

package http1

import "net"

// clientGone can't be told here: a request runs to its end.
func clientGone(net.Conn) bool { return false }
