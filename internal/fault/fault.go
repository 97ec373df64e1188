// Package fault holds the one error type of the house.
//
// A fault is born on the lowest floor that understands what went wrong, travels
// up as an ordinary error, and is shown once, by the door that answers the client,
// in that door's own wire shape. Its cause is for the log only.
//
// The zero Kind is Internal, so an error that nobody classified is a 500 with a
// fixed sentence and leaks nothing.
package fault

import (
	"errors"
	"fmt"
)

// Kind is the coarse class of a fault; every door maps it to a status.
type Kind uint8

const (
	Internal        Kind = iota // a bug or an unknown failure: never shown in detail
	Invalid                     // the request is wrong and will stay wrong
	Unauthenticated             // no valid credential
	Forbidden                   // a valid credential that may not do this
	NotFound                    // the thing named does not exist, or may not be seen
	Conflict                    // the state of the data forbids it (unique, foreign key, retry)
	TooLarge                    // a bound on size was exceeded
	TooMany                     // a bound on rate was exceeded
	Unavailable                 // a part is away; the same request may work later
	Timeout                     // it took longer than it may
)

// Error is a fault. Code is API and never renamed: a SQLSTATE for database faults
// ("23505"), else the owning package's own code ("PGRST116", "weak_password").
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Detail  string
	Hint    string

	// Set on database faults where known.
	Schema, Table, Column, Constraint string
	// Pos is the 1-based byte offset in the statement's text, 0 where unknown.
	Pos int
	// Status overrides the door's status for the Kind, 0 for none (RAISE 'PT418').
	Status int

	cause error
}

// New returns a fault.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Newf returns a fault with a formatted message.
func Newf(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Error returns the message with its code; the cause is not part of it.
func (e *Error) Error() string {
	if e.Code == "" {
		return e.Message
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is a fault with the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// WithCause, WithDetail, WithHint and At return a changed copy.
func (e *Error) WithCause(err error) *Error      { c := *e; c.cause = err; return &c }
func (e *Error) WithDetail(detail string) *Error { c := *e; c.Detail = detail; return &c }
func (e *Error) WithHint(hint string) *Error     { c := *e; c.Hint = hint; return &c }
func (e *Error) At(pos int) *Error               { c := *e; c.Pos = pos; return &c }

// From returns err as a fault; an unclassified error becomes an Internal one
// whose message says nothing and whose cause is err. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return &Error{Kind: Internal, Code: "XX000", Message: "internal error", cause: err}
}

// CodeOf returns the fault code in err's chain, or "".
func CodeOf(err error) string {
	var f *Error
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}
