package lite

import (
	"syscall"

	lib "modernc.org/sqlite/lib"
)

// syncData flushes a file of the system's layer without its times; able is false where only
// that layer knows how. What a failed flush lost is told once, so that nobody asks again.
func syncData(file uintptr) (rc int32, able bool) {
	for {
		switch err := syscall.Fdatasync(int((*lib.TunixFile)(at(file)).Fh)); err {
		case nil:
			return lib.SQLITE_OK, true
		case syscall.EINTR:
		default:
			return lib.SQLITE_IOERR_FSYNC, true
		}
	}
}
