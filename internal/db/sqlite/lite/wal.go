package lite

import (
	"time"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// walLimits bound the write-ahead log, in pages.
const (
	walIdle = 1000  // from here on it is moved into the file while nobody writes: SQLite's default
	walSoft = 8000  // from here on each commit moves what it can
	walHard = 16384 // from here on readers are waited for, so that the log starts anew

	walPatience = 250 // milliseconds that one attempt waits for readers
	walPause    = time.Second
	walLull     = 20 * time.Millisecond // so long nobody writes when nobody is taken to
)

// walKeeper checkpoints after commits. A passive checkpoint alone lets the log grow
// without end where some reader is always under way: it never starts anew.
type walKeeper struct {
	c          *Conn
	idle       int // pages
	soft, hard int
	owed       bool          // there are so many that a lull should move them
	busy       int           // the connection's own busy timeout
	pause      time.Duration // between attempts that fail
	failed     time.Time     // the last attempt that readers outlasted
	capture    *capture      // nil: nobody asks for what is committed
}

// keepWAL replaces SQLite's automatic checkpoint on the writing connection.
func (c *Conn) keepWAL(k *walKeeper) {
	k.c = c
	c.wal = k // keeps k alive and in place while SQLite knows it
	lib.Xsqlite3_wal_hook(c.tls, c.db, address(committed), uintptr(unsafe.Pointer(k)))
}

// committed runs after each commit with the number of pages in the log.
//
// budget: the signature is SQLite's
func committed(_ *libc.TLS, keeper, _, _ uintptr, pages int32) int32 {
	k := (*walKeeper)(at(keeper))
	if k.capture != nil {
		k.capture.to(k.capture.take(int(pages)))
	}
	k.owed = int(pages) >= k.idle // also where readers hold back what is moved below
	switch {
	case int(pages) < k.soft:
	case int(pages) >= k.hard && time.Since(k.failed) > k.pause:
		k.restart()
	default:
		k.checkpoint(lib.SQLITE_CHECKPOINT_PASSIVE)
	}
	return lib.SQLITE_OK
}

// rest is a lull in which the log is moved: whoever comes meanwhile waits for that. Pages
// that readers hold back stay until the next commit.
func (k *walKeeper) rest() {
	k.owed = false
	k.checkpoint(lib.SQLITE_CHECKPOINT_PASSIVE)
}

// restart waits a moment for the readers of old pages. Where one stays, the next
// attempt is a while off: writers must not wait for it.
func (k *walKeeper) restart() {
	lib.Xsqlite3_busy_timeout(k.c.tls, k.c.db, walPatience)
	if !k.checkpoint(lib.SQLITE_CHECKPOINT_RESTART) {
		k.failed = time.Now()
	}
	lib.Xsqlite3_busy_timeout(k.c.tls, k.c.db, int32(k.busy))
}

// checkpoint's failure harms nothing: the log stays, and the next commit tries again.
func (k *walKeeper) checkpoint(mode int32) (done bool) {
	return lib.Xsqlite3_wal_checkpoint_v2(k.c.tls, k.c.db, 0, mode, 0, 0) == lib.SQLITE_OK
}
