package lite

import (
	"encoding/binary"
	"runtime"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// SQLite writes each page of a commit to its log with two calls of the system, and flushes
// the log's times with its bytes. Here they go out in one call at the commit, and only what
// is needed to read them is flushed.

// gatherMost bounds what is gathered before it is written. The system's layer writes no
// more at once, and takes a multiple of 128 KB for nothing.
const gatherMost = 128<<10 - 1

// walFile is the writing connection's write-ahead log. Nothing but the end of a commit makes
// others look into the log, so that all before it may wait in memory.
type walFile struct {
	own    *lib.Tsqlite3_io_methods // as the system's layer made them
	bytes  []byte                   // not written yet
	from   int64                    // where they begin in the file
	next   int64                    // where the last write ended
	ends   bool                     // the last frame is a commit's last
	synced bool                     // once, so that the folder knows the file
}

// walMethods are what SQLite calls, in its own memory, and whose they are.
type walMethods struct {
	lib.Tsqlite3_io_methods
	file uintptr
}

// gatherWAL has c gather what it writes to the log. A database without one goes as it came.
func (c *Conn) gatherWAL() error {
	if err := c.exec("select 1 from sqlite_schema limit 1"); err != nil { // it opens the log
		return err
	}
	name := cstring(c.tls, "main")
	defer release(c.tls, name)
	if rc := lib.Xsqlite3_file_control(c.tls, c.db, name, lib.SQLITE_FCNTL_JOURNAL_POINTER, c.out); rc != lib.SQLITE_OK {
		return c.fail(rc, "")
	}
	f := (*lib.Tsqlite3_file)(at(c.outPointer()))
	if f == nil || f.FpMethods == 0 {
		return nil
	}
	own := (*lib.Tsqlite3_io_methods)(at(f.FpMethods))
	c.walFile = &walFile{own: own} // which keeps it alive and in place while SQLite knows it
	room := lib.Xsqlite3_malloc64(c.tls, uint64(unsafe.Sizeof(walMethods{})))
	if room == 0 {
		return c.fail(lib.SQLITE_NOMEM, "")
	}
	m := (*walMethods)(at(room))
	*m = walMethods{*own, uintptr(unsafe.Pointer(c.walFile))}
	m.FxClose, m.FxRead, m.FxWrite = address(walClose), address(walRead), address(walWrite)
	m.FxTruncate, m.FxSync, m.FxFileSize = address(walTruncate), address(walSync), address(walFileSize)
	f.FpMethods = room
	return nil
}

func walOf(file uintptr) *walFile {
	return (*walFile)(at((*walMethods)(at((*lib.Tsqlite3_file)(at(file)).FpMethods)).file))
}

// method makes a function of the layer's own again.
func method[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ p uintptr }{p})) }

// flush writes what was gathered.
func (w *walFile) flush(tls *libc.TLS, file uintptr) int32 {
	if len(w.bytes) == 0 {
		return lib.SQLITE_OK
	}
	write := method[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](w.own.FxWrite)
	rc := write(tls, file, uintptr(unsafe.Pointer(&w.bytes[0])), int32(len(w.bytes)), w.from)
	runtime.KeepAlive(w.bytes)
	w.bytes = w.bytes[:0]
	return rc
}

// walWrite gathers; a commit's last page lets go of all. So does the head of that page where
// it comes by itself: a transaction that wrote a page twice has its checksums corrected.
//
// budget: the signature is SQLite's
func walWrite(tls *libc.TLS, file, p uintptr, n int32, to int64) int32 {
	w, data := walOf(file), view(p, int(n))
	goesOn := to == w.next
	if !goesOn || len(w.bytes)+len(data) > gatherMost {
		if rc := w.flush(tls, file); rc != lib.SQLITE_OK {
			return rc
		}
	}
	if len(w.bytes) == 0 {
		w.from = to
	}
	w.bytes, w.next = append(w.bytes, data...), to+int64(n)
	head := n == FrameHead
	if head {
		w.ends = binary.BigEndian.Uint32(data[4:]) != 0 // the pages of the database after a commit
	}
	if w.ends && !(head && goesOn) {
		return w.flush(tls, file)
	}
	return lib.SQLITE_OK
}

// walSync flushes to the disk.
func walSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	w := walOf(file)
	if rc := w.flush(tls, file); rc != lib.SQLITE_OK {
		return rc
	}
	if w.synced {
		if rc, able := syncData(file); able {
			return rc
		}
	}
	rc := method[func(*libc.TLS, uintptr, int32) int32](w.own.FxSync)(tls, file, flags)
	w.synced = w.synced || rc == lib.SQLITE_OK
	return rc
}

// budget: the signature is SQLite's
func walRead(tls *libc.TLS, file, p uintptr, n int32, from int64) int32 {
	w := walOf(file)
	if rc := w.flush(tls, file); rc != lib.SQLITE_OK {
		return rc
	}
	return method[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](w.own.FxRead)(tls, file, p, n, from)
}

func walTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	w := walOf(file)
	if rc := w.flush(tls, file); rc != lib.SQLITE_OK {
		return rc
	}
	return method[func(*libc.TLS, uintptr, int64) int32](w.own.FxTruncate)(tls, file, size)
}

func walFileSize(tls *libc.TLS, file, size uintptr) int32 {
	w := walOf(file)
	if rc := w.flush(tls, file); rc != lib.SQLITE_OK {
		return rc
	}
	return method[func(*libc.TLS, uintptr, uintptr) int32](w.own.FxFileSize)(tls, file, size)
}

// walClose closes the file, which is the layer's own again. What is still gathered belongs
// to no commit.
func walClose(tls *libc.TLS, file uintptr) int32 {
	w, f := walOf(file), (*lib.Tsqlite3_file)(at(file))
	w.bytes = nil
	release(tls, f.FpMethods)
	f.FpMethods = uintptr(unsafe.Pointer(w.own))
	return method[func(*libc.TLS, uintptr) int32](w.own.FxClose)(tls, file)
}
