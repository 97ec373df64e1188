package db

import (
	"context"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/trace"
)

// Watch is who hears of statements: of slow ones, and, by the spans of their requests,
// of those that are followed. What it does not ask for costs nothing.
type Watch struct {
	Traced bool // requests may have spans
	// Slow is how long a statement may take, from its start until its rows were read,
	// before OnSlow hears of it; 0 for ever.
	Slow   time.Duration
	OnSlow func(Statement) // must not block
}

// Statement is one that was slow. Args belong to the caller, and may not be kept.
type Statement struct {
	SQL     string
	Args    []any
	Session Session
	Took    time.Duration
	Fault   error
}

// Watch says who hears of statements. It is for whoever opens the database, before
// anybody uses it.
func (d *DB) Watch(w Watch) { d.watch = &w }

// look is one statement being watched.
type look struct {
	w     *Watch
	span  *trace.Span
	begin time.Time
	s     *Session
	sql   string
	args  []any
}

// watched begins to watch a statement, as a part of up, or else of the context's span.
func (w *Watch) watched(ctx context.Context, up *trace.Span, s *Session, sql string) look {
	if w == nil {
		return look{}
	}
	l := look{w: w, s: s, sql: sql}
	if w.Traced {
		if up == nil {
			up = trace.From(ctx)
		}
		if l.span = up.Part("statement"); l.span != nil {
			l.span.As(trace.Client)
			l.span.Set("db.query.text", clip(sql))
			l.span.Set("plinth.role", s.Role)
		}
	}
	if w.Slow > 0 {
		l.begin = time.Now()
	}
	return l
}

// maxText bounds a statement's text in spans.
const maxText = 4000

func clip(sql string) string {
	if len(sql) > maxText {
		return sql[:maxText]
	}
	return sql
}

// end is called once, when the rows were read or could not be.
func (l *look) end(err error) {
	w := l.w
	if w == nil {
		return
	}
	l.w = nil
	done(l.span, err)
	if w.Slow <= 0 || w.OnSlow == nil {
		return
	}
	if took := time.Since(l.begin); took >= w.Slow {
		w.OnSlow(Statement{SQL: l.sql, Args: l.args, Session: *l.s, Took: took, Fault: err})
	}
}

// part begins the span of a transaction; nil where the request is not followed.
func (w *Watch) part(ctx context.Context, name string) *trace.Span {
	if w == nil || !w.Traced {
		return nil
	}
	s := trace.From(ctx).Part(name)
	s.As(trace.Client)
	return s
}

func done(s *trace.Span, err error) {
	if s == nil {
		return
	}
	if err != nil {
		s.Fail(fault.From(err).Code)
	}
	s.End()
}

// Close ends the result.
func (r *Rows) Close() error {
	err := r.Cursor.Close()
	if r.look.w != nil {
		why := err
		if why == nil {
			why = r.Cursor.Err()
		}
		r.look.end(why)
	}
	return err
}
