package lite

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// While a tree is balanced, SQLite lends a page the number of the page at 1 GB, which no
// database uses. Its cache takes that for its highest number, and looks through all of its
// pages at the commit, for those beyond the file's end. The cache is SQLite's own here, but
// for that number.

// lockByte is where SQLite's locks lie in a file; the page around it holds nothing.
const lockByte = 0x40000000

// ownCache is SQLite's page cache as it comes.
var ownCache = sync.OnceValue(func() lib.Tsqlite3_pcache_methods2 {
	return pageCache(lib.SQLITE_CONFIG_GETPCACHE2, lib.Tsqlite3_pcache_methods2{})
})

// usePageCache replaces it, for the whole process and before anything else is asked of the
// library: once that is in use it refuses, and all is as it came.
var usePageCache = sync.OnceFunc(func() {
	methods := ownCache()
	methods.FxRekey = address(rekey)
	pageCache(lib.SQLITE_CONFIG_PCACHE2, methods)
})

// pageCache reads or writes the library's methods.
func pageCache(op int32, methods lib.Tsqlite3_pcache_methods2) lib.Tsqlite3_pcache_methods2 {
	tls := libc.NewTLS()
	defer tls.Close()
	room := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(methods)+8)) // not SQLite's, which would start it
	defer libc.Xfree(tls, room)
	*(*lib.Tsqlite3_pcache_methods2)(at(room)) = methods
	lib.Xsqlite3_config(tls, op, libc.VaList(room+unsafe.Sizeof(methods), room))
	return *(*lib.Tsqlite3_pcache_methods2)(at(room))
}

// rekey gives a page of the cache another number.
//
// budget: the signature is SQLite's
func rekey(tls *libc.TLS, cache, page uintptr, from, to uint32) {
	c := (*lib.TPCache1)(at(cache))
	most := c.FiMaxKey
	own := ownCache().FxRekey
	(*(*func(*libc.TLS, uintptr, uintptr, uint32, uint32))(unsafe.Pointer(&struct{ f uintptr }{own})))(tls, cache, page, from, to)
	if to == uint32(lockByte/c.FszPage)+1 {
		c.FiMaxKey = most
	}
}
