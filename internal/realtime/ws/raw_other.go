//go:build !unix

package ws

import (
	"errors"
	"net"
	"syscall"
)

// Elsewhere each connection waits for itself.

func rawOf(net.Conn) syscall.RawConn { return nil }

func writeNow(uintptr, []byte) (int, error) { return 0, nil }

func writeSmall(uintptr, []byte) (int, error) { return 0, nil }

func readNow(uintptr, []byte) (int, bool, error) { return 0, false, errors.ErrUnsupported }

func endWrites(uintptr) error { return errors.ErrUnsupported }
