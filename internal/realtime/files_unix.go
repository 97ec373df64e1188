//go:build unix

package realtime

import "syscall"

// spareFiles are those that a process opens beside its sockets.
const spareFiles = 200

// fileLimit returns how many files the process may open, when that is too few for so
// many sockets.
func fileLimit(sockets int) (limit uint64, low bool) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, false
	}
	return uint64(l.Cur), uint64(l.Cur) < uint64(sockets)+spareFiles
}
