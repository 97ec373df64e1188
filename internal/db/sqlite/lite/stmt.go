package lite

import (
	"math"
	"strings"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Type is the storage class of a column's value in the current row.
type Type int

const (
	Int   Type = lib.SQLITE_INTEGER
	Float Type = lib.SQLITE_FLOAT
	Text  Type = lib.SQLITE_TEXT
	Blob  Type = lib.SQLITE_BLOB
	Null  Type = lib.SQLITE_NULL
)

// Stmt is a prepared statement in use; Release gives it back to its connection.
type Stmt struct {
	c          *Conn
	st         uintptr
	sql        string
	cols       int
	bound      arena
	bindErr    error // of a Bind, reported by Step
	stepped    bool
	busy       bool
	journal    bool // SQLite would keep copies of what it changes
	counts     bool // where it breaks a rule, what it changed before counts as changed
	prev, next *Stmt
}

// Prepare returns a statement of one SQL text, from the connection's cache where an
// idle one is there. Two uses of one text at a time get two statements.
func (c *Conn) Prepare(sql string) (*Stmt, error) {
	s := c.cache.take(sql)
	if s == nil {
		var err error
		if s, err = c.prepare(sql); err != nil {
			return nil, err
		}
	}
	c.cache.use(s)
	return s, nil
}

func (c *Conn) prepare(sql string) (*Stmt, error) {
	text := cstring(c.tls, sql)
	defer release(c.tls, text)
	rc := lib.Xsqlite3_prepare_v3(c.tls, c.db, text, int32(len(sql))+1, lib.SQLITE_PREPARE_PERSISTENT, c.out, c.out+8)
	if rc != lib.SQLITE_OK {
		return nil, c.fail(rc, sql)
	}
	s := &Stmt{c: c, st: c.outPointer(), sql: sql}
	if s.st == 0 {
		return nil, &Error{Code: Misuse, Msg: "empty statement", Offset: -1, SQL: sql}
	}
	if rest := int(*(*uintptr)(at(c.out + 8)) - text); !blank(sql[min(rest, len(sql)):]) {
		s.finalize()
		return nil, &Error{Code: Misuse, Msg: "more than one statement", Offset: rest, SQL: sql}
	}
	s.cols = int(lib.Xsqlite3_column_count(c.tls, s.st))
	s.journal, s.counts = *s.flags()&usesJournal != 0, strings.HasPrefix(sql, "insert or fail ") || strings.HasPrefix(sql, "update or fail ")
	return s, nil
}

func blank(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\n', '\r', ';':
		default:
			return false
		}
	}
	return true
}

func (s *Stmt) finalize() {
	lib.Xsqlite3_finalize(s.c.tls, s.st)
	s.st = 0
	s.bound.free(s.c.tls)
}

// Release resets the statement and gives it back. A second Release does nothing.
func (s *Stmt) Release() {
	if s == nil || !s.busy {
		return
	}
	s.Reset()
	s.c.cache.give(s)
}

// Reset makes the statement ready to run again, with nothing bound.
func (s *Stmt) Reset() {
	if s.stepped {
		lib.Xsqlite3_reset(s.c.tls, s.st)
		s.stepped = false
	}
	lib.Xsqlite3_clear_bindings(s.c.tls, s.st)
	s.bound.reset(s.c.tls)
	s.bindErr = nil
}

// SQL returns the statement's text.
func (s *Stmt) SQL() string { return s.sql }

// ReadOnly reports whether the statement writes nothing.
func (s *Stmt) ReadOnly() bool { return lib.Xsqlite3_stmt_readonly(s.c.tls, s.st) != 0 }

// Parameters are numbered from 1. What is bound is copied. An error of a Bind is
// reported by Step.

// BindNull binds NULL.
func (s *Stmt) BindNull(i int) { s.bind(lib.Xsqlite3_bind_null(s.c.tls, s.st, int32(i))) }

// BindInt binds an integer.
func (s *Stmt) BindInt(i int, v int64) { s.bind(lib.Xsqlite3_bind_int64(s.c.tls, s.st, int32(i), v)) }

// BindFloat binds a float; SQLite turns NaN into NULL.
func (s *Stmt) BindFloat(i int, v float64) {
	s.bind(lib.Xsqlite3_bind_double(s.c.tls, s.st, int32(i), v))
}

// BindText binds a string.
func (s *Stmt) BindText(i int, v string) { s.bindBytes(i, unsafe.StringData(v), len(v), true) }

// BindTextBytes binds bytes as text.
func (s *Stmt) BindTextBytes(i int, v []byte) { s.bindBytes(i, unsafe.SliceData(v), len(v), true) }

// BindBlob binds bytes as a blob; nil is the empty blob.
func (s *Stmt) BindBlob(i int, v []byte) { s.bindBytes(i, unsafe.SliceData(v), len(v), false) }

func (s *Stmt) bindBytes(i int, src *byte, n int, text bool) {
	if n > math.MaxInt32 {
		s.bind(lib.SQLITE_TOOBIG)
		return
	}
	p := s.bound.put(s.c.tls, src, n)
	switch {
	case p == 0:
		s.bind(lib.SQLITE_NOMEM)
	case text:
		s.bind(lib.Xsqlite3_bind_text(s.c.tls, s.st, int32(i), p, int32(n), lib.SQLITE_STATIC))
	default:
		s.bind(lib.Xsqlite3_bind_blob(s.c.tls, s.st, int32(i), p, int32(n), lib.SQLITE_STATIC))
	}
}

func (s *Stmt) bind(rc int32) {
	if rc != lib.SQLITE_OK && s.bindErr == nil {
		s.bindErr = s.c.fail(rc, s.sql)
	}
}

// Step moves to the next row; false without an error is the end.
func (s *Stmt) Step() (bool, error) {
	if s.bindErr != nil {
		return false, s.bindErr
	}
	if !s.stepped {
		if s.c.guard && s.c.Autocommit() {
			return false, &Error{Code: Interrupted, Msg: "the transaction was lost", Offset: -1, SQL: s.sql}
		}
		if s.stepped = true; s.journal {
			s.keepJournal(!s.c.guard)
		}
	}
	switch rc := lib.Xsqlite3_step(s.c.tls, s.st); rc {
	case lib.SQLITE_ROW:
		return true, nil
	case lib.SQLITE_DONE:
		return false, nil
	default:
		err := s.c.fail(rc, s.sql)
		lib.Xsqlite3_reset(s.c.tls, s.st)
		s.c.half = s.c.half || s.journal && s.c.guard && !s.counted(rc)
		return false, err
	}
}

// A statement with triggers may fail by half, so SQLite keeps copies of the pages that it
// changes to put them back. In a request nothing goes on after a failure but behind a
// savepoint, which puts back all the same: there the copies are made for nobody.

// counted reports whether TotalChanges has what a statement did before it failed so.
func (s *Stmt) counted(rc int32) bool {
	switch rc {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_NOTNULL, lib.SQLITE_CONSTRAINT_CHECK:
		return s.counts
	}
	return false
}

// usesJournal is the bit of Vdbe.usesStmtJournal, in the two bytes behind eVdbeState.
const usesJournal = 1 << 5

func (s *Stmt) flags() *uint16 {
	return (*uint16)(at(s.st + unsafe.Offsetof(lib.TVdbe{}.FeVdbeState) + 1))
}

func (s *Stmt) keepJournal(keep bool) {
	if keep {
		*s.flags() |= usesJournal
	} else {
		*s.flags() &^= usesJournal
	}
}

// Run steps to the end and resets, dropping rows.
func (s *Stmt) Run() error {
	for {
		row, err := s.Step()
		if !row {
			s.Reset()
			return err
		}
	}
}

// Columns are numbered from 0.

// Columns returns the number of columns.
func (s *Stmt) Columns() int { return s.cols }

// ColumnName returns a column's name.
func (s *Stmt) ColumnName(i int) string {
	return libc.GoString(lib.Xsqlite3_column_name(s.c.tls, s.st, int32(i)))
}

// ColumnType returns the storage class of the value. Ask it before ColumnText of a
// number, which converts the value in place.
func (s *Stmt) ColumnType(i int) Type {
	return Type(lib.Xsqlite3_column_type(s.c.tls, s.st, int32(i)))
}

// ColumnNull reports whether the value is NULL.
func (s *Stmt) ColumnNull(i int) bool { return s.ColumnType(i) == Null }

// ColumnInt returns the value as an integer.
func (s *Stmt) ColumnInt(i int) int64 {
	return int64(lib.Xsqlite3_column_int64(s.c.tls, s.st, int32(i)))
}

// ColumnFloat returns the value as a float.
func (s *Stmt) ColumnFloat(i int) float64 {
	return lib.Xsqlite3_column_double(s.c.tls, s.st, int32(i))
}

// ColumnText returns the value's text without a copy: valid until the next Step,
// Reset or Release. NULL is nil.
func (s *Stmt) ColumnText(i int) []byte {
	p := lib.Xsqlite3_column_text(s.c.tls, s.st, int32(i))
	return view(p, int(lib.Xsqlite3_column_bytes(s.c.tls, s.st, int32(i))))
}

// ColumnString returns a copy of the value's text.
func (s *Stmt) ColumnString(i int) string { return string(s.ColumnText(i)) }

// ColumnBlob returns the value's bytes without a copy, valid as ColumnText's.
func (s *Stmt) ColumnBlob(i int) []byte {
	p := lib.Xsqlite3_column_blob(s.c.tls, s.st, int32(i))
	return view(p, int(lib.Xsqlite3_column_bytes(s.c.tls, s.st, int32(i))))
}
