package lite

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// at makes a pointer of an address that SQLite gave. It is memory outside Go's heap,
// or a Go object that its Conn keeps alive; neither moves.
func at(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

// view is SQLite's memory as a slice, without a copy.
func view(p uintptr, n int) []byte {
	if p == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(at(p)), n)
}

// address returns where a function declared at package level lies; a closure has no
// such address.
func address[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ f F }{f})) }

// cstring copies s into SQLite's memory with a closing NUL; free it with release.
func cstring(tls *libc.TLS, s string) uintptr {
	p := lib.Xsqlite3_malloc64(tls, uint64(len(s)+1))
	if p == 0 {
		panic("lite: out of memory")
	}
	b := unsafe.Slice((*byte)(at(p)), len(s)+1)
	copy(b, s)
	b[len(s)] = 0
	return p
}

func release(tls *libc.TLS, p uintptr) {
	if p != 0 {
		lib.Xsqlite3_free(tls, p)
	}
}

// arena holds what is bound to a statement. Go's own memory cannot be lent to
// SQLite for longer than a call (stacks move), and SQLite's own copies would be
// allocated and freed one by one.
type arena struct {
	first  uintptr // kept between executions
	size   int
	used   int
	excess []uintptr // what did not fit, freed at reset
}

const (
	arenaStart = 256
	arenaKeep  = 64 << 10 // a first chunk never grows beyond this
)

// put copies n bytes and returns where they are.
func (a *arena) put(tls *libc.TLS, src *byte, n int) uintptr {
	if a.first == 0 {
		a.size = arenaStart
		a.first = lib.Xsqlite3_malloc64(tls, uint64(a.size))
	}
	dst := uintptr(0)
	if a.first != 0 && a.size-a.used >= n {
		dst = a.first + uintptr(a.used)
		a.used += n
	} else {
		dst = lib.Xsqlite3_malloc64(tls, uint64(max(n, 1)))
		if dst == 0 {
			return 0
		}
		a.excess = append(a.excess, dst)
	}
	if n > 0 {
		copy(unsafe.Slice((*byte)(at(dst)), n), unsafe.Slice(src, n))
	}
	return dst
}

// reset forgets what was put; a chunk that was too small is doubled.
func (a *arena) reset(tls *libc.TLS) {
	a.used = 0
	if len(a.excess) == 0 {
		return
	}
	for _, p := range a.excess {
		release(tls, p)
	}
	a.excess = a.excess[:0]
	if a.size < arenaKeep {
		release(tls, a.first)
		a.size *= 4
		a.first = lib.Xsqlite3_malloc64(tls, uint64(a.size))
	}
}

func (a *arena) free(tls *libc.TLS) {
	a.reset(tls)
	release(tls, a.first)
	*a = arena{}
}
