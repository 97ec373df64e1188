package bind

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/bind/tree"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// together are the functions that an item of FROM runs side by side: those of ROWS FROM,
// or unnest once for each of its arrays. Nil is none.
func together(it *pgsql.FuncRef) []pgsql.FuncRef {
	if it.Rows != nil {
		return it.Rows
	}
	x := it.Call
	if x.Name.Name != "unnest" || x.Name.Schema != "" && x.Name.Schema != "pg_catalog" || len(x.Args) < 2 {
		return nil
	}
	var out []pgsql.FuncRef
	for _, a := range x.Args {
		one := *x
		one.Args = []pgsql.Expr{a}
		out = append(out, pgsql.FuncRef{At: it.At, Call: &one})
	}
	return out
}

// alone is how functions side by side are named among themselves.
const alone = "rows of "

// rowsFrom binds functions side by side: their rows meet by their numbers, and the
// shorter ones are filled up with NULLs.
func (s *scope) rowsFrom(it *pgsql.FuncRef, list []pgsql.FuncRef, left names) (*Rel, error) {
	var from pgsql.TableExpr
	for i := range list {
		f := list[i]
		f.Ordinality, f.Alias = true, alone+strconv.Itoa(i)
		if from == nil {
			from = &f
			continue
		}
		from = &pgsql.Join{At: it.At, Kind: "full", L: from, R: &f, Using: []string{"ordinality"}}
	}
	sel := &pgsql.Select{At: it.At, Targets: []pgsql.Target{{X: &pgsql.Column{At: it.At, Star: true}}}, From: []pgsql.TableExpr{from},
		OrderBy: []pgsql.Sort{{X: &pgsql.Num{At: it.At, Text: "1"}}}}
	rel, err := s.queryRef(&pgsql.QueryRef{At: it.At, Query: sel, Lateral: true, Alias: it.Alias}, left)
	if err != nil {
		return nil, err
	}
	q := rel.Query
	number := q.Targets[0]
	q.Targets = q.Targets[1:]
	for i := range q.Targets { // a function of one column names it after itself
		if n, ok := strings.CutPrefix(q.Targets[i].Name, alone); ok {
			if at, err := strconv.Atoi(n); err == nil && at < len(list) {
				q.Targets[i].Name = list[at].Call.Name.Name
			}
		}
	}
	if it.Ordinality {
		q.Targets = append(q.Targets, number)
	}
	q.SetCols()
	rel.Cols = append([]value.Field(nil), q.Cols...)
	if rel.Alias == "" && it.Call != nil {
		rel.Alias = it.Call.Name.Name
	}
	rel.Lateral = it.Lateral || mentions(rel, left)
	return rel, s.rename(rel, it.Cols, it)
}

// sideBySide makes one item of FROM out of the set-returning calls of a select list, whose
// rows go together.
func (b *binder) sideBySide(q *Query, list []From) From {
	var from From
	var number Expr
	in := &Query{}
	rel := &Rel{Kind: RelQuery, Alias: "rows", Query: in, Lateral: true}
	moved := map[*Rel]int{}
	for _, f := range list {
		r := f.(*Rel)
		moved[r] = len(in.Targets)
		for i, c := range r.Cols {
			in.Targets = append(in.Targets, Target{Name: c.Name, X: &Col{Rel: r, Idx: i, T: c.Type}})
		}
		r.Func.Ordinality = true
		r.Cols = append(r.Cols[:len(r.Cols):len(r.Cols)], value.Field{Name: "ordinality", Type: value.TInt8})
		n := &Col{Rel: r, Idx: len(r.Cols) - 1, T: value.TInt8}
		if from == nil {
			from, number = r, n
			continue
		}
		eq, err := b.apply("=", number, n, &pgsql.Num{})
		if err != nil {
			return nil
		}
		from, number = &Join{Kind: "full", L: from, R: r, On: eq}, &Coalesce{Args: []Expr{number, n}, T: value.TInt8}
	}
	in.From, in.OrderBy = []From{from}, []Sort{{X: number}}
	in.SetCols()
	rel.Cols = in.Cols
	move := func(e Expr) Expr {
		if c, ok := e.(*Col); ok {
			if at, ok := moved[c.Rel]; ok {
				return &Col{Rel: rel, Idx: at + c.Idx, T: c.T}
			}
		}
		return e
	}
	for i, t := range q.Targets {
		q.Targets[i].X = tree.Rewrite(t.X, move)
	}
	for i, o := range q.OrderBy {
		q.OrderBy[i].X = tree.Rewrite(o.X, move)
	}
	for i, x := range q.DistinctOn {
		q.DistinctOn[i] = tree.Rewrite(x, move)
	}
	return rel
}
