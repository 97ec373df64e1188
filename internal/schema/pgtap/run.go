package pgtap

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Result is what a file's tests gave.
type Result struct {
	File  string
	Tests []Test
	Plan  int   // what plan() said, -1 without it
	Err   error // what ended the file before its end
}

// Test is one assertion.
type Test struct {
	OK   bool
	Name string
	Diag []string // what was had and what was wanted
	Line int
	Todo bool // its failure is expected
}

// Failed reports whether anything is not as it should be.
func (r *Result) Failed() bool {
	if r.Err != nil || r.Plan >= 0 && r.Plan != len(r.Tests) {
		return true
	}
	for _, t := range r.Tests {
		if !t.OK && !t.Todo {
			return true
		}
	}
	return false
}

// runner runs one file.
type runner struct {
	tx      *db.Tx
	cat     *catalog.Catalog
	session db.Session
	result  *Result
	line    int
	skip    int // tests to be passed over
	todo    int // tests whose failure is expected
}

// Run runs the tests of a file in a transaction of d that it takes back.
func Run(ctx context.Context, d *db.DB, file, text string) *Result {
	res := &Result{File: file, Plan: -1}
	_, err := d.Write(ctx, db.Owner, func(tx *db.Tx) error {
		*res = Result{File: file, Plan: -1}
		r := &runner{tx: tx, cat: d.Catalog(), session: db.Owner, result: res}
		if err := r.script(ctx, text); err != nil {
			return err
		}
		return db.ErrRollback
	})
	if err != nil && res.Err == nil {
		res.Err = err
	}
	return res
}

func (r *runner) script(ctx context.Context, text string) error {
	for st, err := range pgsql.Script(text) {
		if err != nil {
			return located(text, int(st.Pos), err)
		}
		r.line, _ = pgsql.LineCol(text, int(st.Pos)+leading(st.SQL))
		if err := r.statement(ctx, st); err != nil {
			return located(text, int(st.Pos), err)
		}
	}
	return nil
}

// leading is the length of white space and comments before a statement.
func leading(sql string) int {
	n := 0
	for {
		rest := strings.TrimLeft(sql[n:], " \t\r\n")
		n = len(sql) - len(rest)
		switch {
		case strings.HasPrefix(rest, "--"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				return len(sql)
			}
			n += end + 1
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 {
				return len(sql)
			}
			n += end + 2
		default:
			return n
		}
	}
}

// located gives an error the line where it happened.
func located(text string, pos int, err error) error {
	f := fault.From(err)
	line, col := pgsql.LineCol(text, pos+max(f.Pos-1, 0))
	return fmt.Errorf("line %d:%d: %w", line, col, err)
}

func (r *runner) statement(ctx context.Context, st pgsql.Located) error {
	switch s := st.Stmt.(type) {
	case *pgsql.Transaction, *pgsql.CreateExtension:
		return nil // the file is a transaction anyway, and the functions are here
	case *pgsql.Set:
		return r.set(s)
	case *pgsql.Select:
		if call := only(s); call != nil {
			if done, err := r.call(ctx, call); done || err != nil {
				return err
			}
		}
	}
	return r.exec(ctx, st.SQL)
}

// only returns the call of select f(…) and of select * from f(…), else nil.
func only(s *pgsql.Select) *pgsql.Call {
	if s.Where != nil || s.With != nil || s.Op != "" || len(s.Targets) != 1 {
		return nil
	}
	if len(s.From) == 1 {
		if f, ok := s.From[0].(*pgsql.FuncRef); ok {
			return f.Call
		}
		return nil
	}
	if len(s.From) > 0 {
		return nil
	}
	call, _ := s.Targets[0].X.(*pgsql.Call)
	return call
}

func (r *runner) exec(ctx context.Context, sql string) error {
	_, err := r.tx.As(r.session).Exec(ctx, sql)
	return err
}

// set changes who acts: role and claims are the session's, other settings are made.
func (r *runner) set(s *pgsql.Set) error {
	if s.Show {
		return nil
	}
	val := strings.Join(pgsql.SettingValues(s.Val), ", ")
	switch strings.ToLower(s.Name) {
	case "role", "session authorization":
		if s.Reset || val == "none" || val == "default" {
			r.session.Role = db.Owner.Role
			return nil
		}
		r.session.Role = val
	case "request.jwt.claims":
		r.session.Claims = val
		if s.Reset {
			r.session.Claims = ""
		}
	case "all":
		r.session = db.Owner
	default:
		settings := map[string]string{}
		for k, v := range r.session.Settings {
			settings[k] = v
		}
		if s.Reset {
			delete(settings, s.Name)
		} else {
			settings[s.Name] = val
		}
		r.session.Settings = settings
	}
	return nil
}

// report adds a test.
func (r *runner) report(ok bool, name string, diag ...string) {
	t := Test{OK: ok, Name: name, Line: r.line, Todo: r.todo > 0}
	if !ok {
		t.Diag = diag
	}
	if r.todo > 0 {
		r.todo--
	}
	r.result.Tests = append(r.result.Tests, t)
}

var errArgs = errors.New("pgtap: the arguments are not those that the function takes")
