package sqlite

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Verdict is what became of one statement that was tried.
type Verdict struct {
	Line, Column int
	Statement    string // its first line
	// State is "ok"; "note" where a part of it has no effect; "refused" where it is
	// outside the subset; "follows" where it needs something that was refused; "failed"
	// where it is wrong on Postgres too.
	State   string
	Code    string
	Message string
	Hint    string
}

// Trial runs a script as Script does, but goes on behind a statement that fails, and
// says of each what became of it. It is for databases that are thrown away.
func (d *Driver) Trial(ctx context.Context, sc db.Script) ([]Verdict, error) {
	if sc.Role == "" {
		sc.Role = db.Owner.Role
	}
	var list []pgsql.Located
	var out, unread []Verdict
	for loc, err := range pgsql.Script(sc.SQL) {
		if err != nil {
			if loc.SQL == "" {
				loc.SQL = sc.SQL[min(int(loc.Pos), len(sc.SQL)):]
			}
			unread = append(unread, tried(sc, loc, err, false))
			continue
		}
		list = append(list, loc)
	}
	err := d.writer.Alone(ctx, func(c *lite.Conn) error {
		for rebuild := false; ; rebuild = true {
			r, err := newScriptRun(d, c, sc)
			if err != nil {
				return err
			}
			r.rebuild, r.trial, out = rebuild, true, nil
			r.refused = slices.ContainsFunc(unread, func(v Verdict) bool { return v.State == "refused" })
			r.verdict = func(v Verdict) { out = append(out, v) }
			if err = r.all(ctx, list); !r.surprised {
				return err
			}
		}
	})
	out = append(out, unread...)
	slices.SortStableFunc(out, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return out, err
}

// try runs one statement in a savepoint of its own and gives its verdict.
func (r *scriptRun) try(ctx context.Context, loc pgsql.Located) error {
	cat, cache, session, notes := r.tx.x.Catalog, r.tx.x.Cache, r.session, len(r.notices)
	if err := r.c.Exec("savepoint trial"); err != nil {
		return lite.Fault(err)
	}
	err := r.statement(ctx, loc)
	r.tx.end()
	if ctx.Err() != nil || r.surprised {
		return err
	}
	end := "release trial"
	if err != nil {
		end = "rollback to trial; release trial"
		r.c.ReleaseAll()
		r.tx.x.Catalog, r.tx.x.Cache, r.session, r.tx.failed = cat, cache, session, nil
	}
	if err := r.c.Exec(end); err != nil {
		return lite.Fault(err)
	}
	v := tried(r.sc, loc, err, r.refused)
	r.refused = r.refused || v.State == "refused" || v.State == "follows"
	if err == nil && len(r.notices) > notes {
		v.State, v.Message = "note", r.notices[notes].Message
	}
	r.verdict(v)
	return nil
}

// tried is the verdict on a statement; after says whether one before it was refused.
func tried(sc db.Script, loc pgsql.Located, err error, after bool) Verdict {
	v := Verdict{State: "ok", Statement: pgsql.FirstLine(loc.SQL)}
	offset := int(loc.Pos)
	if err != nil {
		f := fault.From(err)
		v.Code, v.Message, v.Hint, v.State = f.Code, f.Message, f.Hint, "failed"
		switch {
		case f.Code == "0A000", f.Code == "42601" && strings.Contains(f.Message, "not supported"):
			v.State = "refused"
		case after && (f.Code == "42P01" || f.Code == "42704" || f.Code == "42883" || f.Code == "42703" || f.Code == "42P07"):
			v.State = "follows"
		}
		if f.Pos > 0 {
			offset += f.Pos - 1
		}
	}
	v.Line, v.Column = pgsql.LineCol(sc.SQL, offset)
	return v
}
