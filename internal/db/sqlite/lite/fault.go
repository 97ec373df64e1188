package lite

import (
	"context"
	"errors"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Fault turns an error of SQLite into the fault that Postgres would raise. A fault
// of a Go function comes out as it went in. Constraints are not told apart here:
// whoever knows the table names them first.
func Fault(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Code == ReadOnlyDB && e.Reader {
		return fault.SQL("25006", "cannot write in a read-only transaction").WithCause(err)
	}
	switch e.Code.Primary() {
	case Full:
		f = fault.SQL("53100", "could not extend file: No space left on device").
			WithHint("Check free disk space.")
	case ReadOnlyDB, IOError, CantOpen:
		f = fault.SQL("58030", "could not write to the database file: %s", e.Msg)
	case Corrupt:
		f = fault.SQL("XX001", "the database file is damaged: %s", e.Msg)
	case Interrupted:
		f = fault.SQL("57014", "canceling statement due to user request")
	case NoMemory:
		f = fault.SQL("53200", "out of memory")
	case TooBig:
		f = fault.SQL("54000", "value or statement too large")
	case Busy:
		f = fault.SQL("55P03", "the database is locked by another process")
	default:
		f = fault.From(err)
		return f
	}
	return f.WithCause(err)
}

// Ended is the fault of a context that ended.
func Ended(ctx context.Context) error {
	err := context.Cause(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.SQL("57014", "canceling statement due to statement timeout").WithCause(err)
	}
	return fault.SQL("57014", "canceling statement due to user request").WithCause(err)
}

// errClosed answers requests after Close.
func errClosed() error {
	return fault.SQL("57P01", "terminating connection due to administrator command")
}
