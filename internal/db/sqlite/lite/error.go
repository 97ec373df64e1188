package lite

import (
	"strconv"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Code is an extended result code of SQLite.
type Code int

// Codes that callers tell apart.
const (
	Failed               Code = lib.SQLITE_ERROR
	Busy                 Code = lib.SQLITE_BUSY
	NoMemory             Code = lib.SQLITE_NOMEM
	ReadOnlyDB           Code = lib.SQLITE_READONLY
	Interrupted          Code = lib.SQLITE_INTERRUPT
	IOError              Code = lib.SQLITE_IOERR
	Corrupt              Code = lib.SQLITE_CORRUPT
	Full                 Code = lib.SQLITE_FULL
	CantOpen             Code = lib.SQLITE_CANTOPEN
	TooBig               Code = lib.SQLITE_TOOBIG
	Constraint           Code = lib.SQLITE_CONSTRAINT
	Misuse               Code = lib.SQLITE_MISUSE
	ConstraintUnique     Code = lib.SQLITE_CONSTRAINT_UNIQUE
	ConstraintPrimaryKey Code = lib.SQLITE_CONSTRAINT_PRIMARYKEY
	ConstraintRowID      Code = lib.SQLITE_CONSTRAINT_ROWID
	ConstraintForeignKey Code = lib.SQLITE_CONSTRAINT_FOREIGNKEY
	ConstraintNotNull    Code = lib.SQLITE_CONSTRAINT_NOTNULL
	ConstraintCheck      Code = lib.SQLITE_CONSTRAINT_CHECK
	ConstraintTrigger    Code = lib.SQLITE_CONSTRAINT_TRIGGER
)

// Primary returns the code without its extension.
func (c Code) Primary() Code { return c & 0xff }

// Error is what SQLite said.
type Error struct {
	Code   Code
	Msg    string
	Offset int    // byte offset in the statement, -1 where unknown
	SQL    string // the statement, where one was under way
	Reader bool   // the connection is a read-only one
	cause  error
}

func (e *Error) Error() string {
	return "sqlite: " + e.Msg + " (" + strconv.Itoa(int(e.Code)) + ")"
}

// Unwrap returns the error of the Go function that failed inside the statement.
func (e *Error) Unwrap() error { return e.cause }

// fail makes the Error of the last call; sql is the statement, "" for none.
func (c *Conn) fail(rc int32, sql string) error {
	e := &Error{Code: Code(rc), Offset: -1, SQL: sql, Reader: c.mode == ReadOnly, cause: c.callErr}
	c.callErr = nil
	if c.db == 0 {
		e.Msg = libc.GoString(lib.Xsqlite3_errstr(c.tls, rc))
		return e
	}
	e.Msg = libc.GoString(lib.Xsqlite3_errmsg(c.tls, c.db))
	e.Offset = int(lib.Xsqlite3_error_offset(c.tls, c.db))
	return e
}
