package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db/postgres/split"
	"github.com/plinth-dev/plinth/internal/fault"
)

// toFault translates what a driver call returned. sql is the statement's text, for the
// place of an error in it.
func toFault(ctx context.Context, err error, sql string) error {
	if err == nil {
		return nil
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return fromServer(pe, sql)
	}
	if ctx != nil && ctx.Err() != nil {
		return ended(ctx)
	}
	return fault.SQL("08006", "the database cannot be reached").WithCause(err)
}

// ended is the fault of a context that is over.
func ended(ctx context.Context) error {
	why := "user request"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		why = "statement timeout"
	}
	return fault.SQL("57014", "canceling statement due to %s", why).WithCause(context.Cause(ctx))
}

func fromServer(pe *pgconn.PgError, sql string) error {
	f := fault.SQL(pe.Code, "%s", pe.Message)
	f.Detail, f.Hint = pe.Detail, pe.Hint
	f.Schema, f.Table, f.Column, f.Constraint = pe.SchemaName, pe.TableName, pe.ColumnName, pe.ConstraintName
	f.Pos = split.BytePos(sql, int(pe.Position))
	return f.WithCause(pe)
}

// lost reports whether an error means that the connection is gone, the statement with it.
func lost(err error) bool {
	switch fault.CodeOf(err) {
	case "08006", "08001", "08003", "57P01", "57P02", "57P03", "57P05":
		return true
	}
	return false
}

// again reports whether a transaction that failed so may succeed when it is run again.
func again(err error) bool {
	f := fault.From(err)
	switch f.Code {
	case "40001", "40P01":
		return true
	}
	return stale(f)
}

// stale reports that the schema moved under a prepared statement. The message is the
// server's only sign of it.
func stale(f *fault.Error) bool {
	var pe *pgconn.PgError
	if f.Code == "26000" { // the statement is not there: a pooler changed the connection
		return true
	}
	return f.Code == "0A000" && errors.As(f, &pe) && pe.Routine == "RevalidateCachedQuery"
}
