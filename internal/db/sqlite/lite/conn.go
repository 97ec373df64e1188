package lite

import (
	"errors"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Mode says what a connection may do.
type Mode int

const (
	ReadOnly Mode = iota
	ReadWrite
)

// Config describes a connection.
type Config struct {
	Path        string
	Mode        Mode
	Pragmas     []string // run in order, as "pragma …;"
	BusyMillis  int      // how long a lock is waited for
	Statements  int      // idle statements kept, default 256
	Setup       func(*Conn) error
	ProgressOps int // VM steps between looks at Watch's channel, default 2,000
}

// Conn is a connection. One goroutine uses it at a time.
type Conn struct {
	// Attached is whatever Setup keeps with the connection.
	Attached any

	tls     *libc.TLS
	db      uintptr
	cache   cache
	mode    Mode
	out     uintptr // room for out parameters
	scratch arena   // results of Go functions
	funcs   []*function
	colls   []*collation
	aggs    []Aggregate // running aggregates by their id - 1
	free    []int
	callErr error           // of a Go function, until SQLite reports it
	done    <-chan struct{} // Watch
	wal     *walKeeper      // of the writing connection
	walFile *walFile        // likewise
	guard   bool            // a request runs: outside its transaction nothing may start
	half    bool            // a statement of it failed, and may have changed something
}

// Open opens a database file, which ReadWrite creates.
func Open(cfg Config) (*Conn, error) {
	usePageCache()
	c := &Conn{tls: libc.NewTLS(), mode: cfg.Mode}
	c.cache.init(cfg.Statements)
	c.out = lib.Xsqlite3_malloc64(c.tls, 16)
	flags := int32(lib.SQLITE_OPEN_NOMUTEX | lib.SQLITE_OPEN_EXRESCODE)
	if cfg.Mode == ReadWrite {
		flags |= lib.SQLITE_OPEN_READWRITE | lib.SQLITE_OPEN_CREATE
	} else {
		flags |= lib.SQLITE_OPEN_READONLY
	}
	name := cstring(c.tls, cfg.Path)
	rc := lib.Xsqlite3_open_v2(c.tls, name, c.out, flags, 0)
	release(c.tls, name)
	c.db = c.outPointer()
	if rc != lib.SQLITE_OK {
		return nil, errors.Join(c.fail(rc, ""), c.Close())
	}
	if err := c.configure(cfg); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Conn) configure(cfg Config) error {
	lib.Xsqlite3_busy_timeout(c.tls, c.db, int32(cfg.BusyMillis))
	// An unknown name in double quotes is an error, never a string.
	for _, op := range []int32{lib.SQLITE_DBCONFIG_DQS_DML, lib.SQLITE_DBCONFIG_DQS_DDL} {
		lib.Xsqlite3_db_config(c.tls, c.db, op, libc.VaList(c.out, int32(0), uintptr(0)))
	}
	// Plans do not depend on bound values. Without this a statement whose plan looked
	// at one would be compiled anew at every run.
	lib.Xsqlite3_db_config(c.tls, c.db, lib.SQLITE_DBCONFIG_ENABLE_QPSG, libc.VaList(c.out, int32(1), uintptr(0)))
	ops := cfg.ProgressOps
	if ops == 0 {
		ops = 2000
	}
	lib.Xsqlite3_progress_handler(c.tls, c.db, int32(ops), address(progress), uintptr(unsafe.Pointer(c)))
	for _, p := range cfg.Pragmas {
		if err := c.Exec("pragma " + p); err != nil {
			return err
		}
	}
	if cfg.Setup != nil {
		return cfg.Setup(c)
	}
	return nil
}

// progress runs every few thousand steps of a statement; not 0 interrupts it.
func progress(_ *libc.TLS, conn uintptr) int32 {
	c := (*Conn)(at(conn))
	select {
	case <-c.done: // a nil channel never answers
		return 1
	default:
		return 0
	}
}

// Watch interrupts statements of this connection once done is closed; nil ends it.
// It costs nothing until a statement runs long.
func (c *Conn) Watch(done <-chan struct{}) { c.done = done }

// Interrupt ends the statement that runs now. Any goroutine may call it, but not
// after Close.
func (c *Conn) Interrupt() { lib.Xsqlite3_interrupt(nil, c.db) }

// Close finalises all statements and closes the connection.
func (c *Conn) Close() error {
	if c.tls == nil {
		return nil
	}
	c.cache.close()
	var err error
	if c.db != 0 {
		if rc := lib.Xsqlite3_close_v2(c.tls, c.db); rc != lib.SQLITE_OK {
			err = c.fail(rc, "")
		}
		c.db = 0
	}
	c.scratch.free(c.tls)
	release(c.tls, c.out)
	c.tls.Close()
	c.tls = nil
	return err
}

func (c *Conn) outPointer() uintptr { return *(*uintptr)(at(c.out)) }

// Exec runs all statements of a script, whose rows are dropped.
func (c *Conn) Exec(script string) error {
	text := cstring(c.tls, script)
	defer release(c.tls, text)
	end := text + uintptr(len(script))
	for from := text; from < end; {
		rc := lib.Xsqlite3_prepare_v2(c.tls, c.db, from, int32(end-from)+1, c.out, c.out+8)
		if rc != lib.SQLITE_OK {
			return c.fail(rc, script)
		}
		st := c.outPointer()
		from = *(*uintptr)(at(c.out + 8))
		if st == 0 {
			continue // white space or a comment
		}
		if err := c.runOnce(st, script); err != nil {
			return err
		}
	}
	return nil
}

func (c *Conn) runOnce(st uintptr, script string) error {
	defer lib.Xsqlite3_finalize(c.tls, st)
	for {
		switch rc := lib.Xsqlite3_step(c.tls, st); rc {
		case lib.SQLITE_ROW:
		case lib.SQLITE_DONE:
			return nil
		default:
			return c.fail(rc, script)
		}
	}
}

// ReadOnly reports whether the connection can only read.
func (c *Conn) ReadOnly() bool { return c.mode == ReadOnly }

// Autocommit reports whether no transaction is open.
func (c *Conn) Autocommit() bool { return lib.Xsqlite3_get_autocommit(c.tls, c.db) != 0 }

// DeferredFKs reports whether a deferred foreign key is unresolved.
func (c *Conn) DeferredFKs() bool {
	lib.Xsqlite3_db_status(c.tls, c.db, lib.SQLITE_DBSTATUS_DEFERRED_FKS, c.out, c.out+4, 0)
	return *(*int32)(at(c.out)) != 0
}

// Changes returns the number of rows that the last statement changed itself.
func (c *Conn) Changes() int64 { return int64(lib.Xsqlite3_changes64(c.tls, c.db)) }

// TotalChanges counts the rows that the connection has changed so far, those of triggers and
// those that were taken back later included.
func (c *Conn) TotalChanges() int64 { return int64(lib.Xsqlite3_total_changes64(c.tls, c.db)) }

// LastInsertRowID returns the rowid of the last insert.
func (c *Conn) LastInsertRowID() int64 { return int64(lib.Xsqlite3_last_insert_rowid(c.tls, c.db)) }
