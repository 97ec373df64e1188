package scope

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Outputs returns the names of a query's columns, as far as they can be told without
// binding it.
func (w *Scan) Outputs(q *pgsql.Select) []string { return w.outputs(q, nil) }

// outputs returns the names of a query's columns, as far as they can be told
// without binding it.
func (w *Scan) outputs(q *pgsql.Select, up *frame) []string {
	if q == nil {
		return nil
	}
	quiet := &Scan{C: w.C, Path: w.Path}
	f := &frame{up: up}
	quiet.with(q.With, f)
	if q.Op != "" {
		return quiet.outputs(q.Left, f)
	}
	if len(q.Values) > 0 {
		var out []string
		for i := range q.Values[0] {
			out = append(out, "column"+strconv.Itoa(i+1))
		}
		return out
	}
	for _, x := range q.From {
		quiet.from(x, f)
	}
	var out []string
	for _, t := range q.Targets {
		if col, ok := t.X.(*pgsql.Column); ok && col.Star {
			out = append(out, f.starNames(col.Parts)...)
			continue
		}
		name := t.As
		if name == "" {
			name = OutputName(t.X)
		}
		out = append(out, name)
	}
	return out
}

func (f *frame) starNames(qualifier []string) []string {
	var out []string
	for _, r := range f.rels {
		if !r.matches(qualifier) {
			continue
		}
		if r.T != nil {
			out = append(out, r.T.ColumnNames()...)
		} else {
			out = append(out, r.Cols...)
		}
	}
	return out
}

// expand returns the targets of q with stars written out, as Postgres does when it
// stores a view. A star stays where the columns are not sure, and where a join merges
// columns.
func (f *frame) expand(q *pgsql.Select) []pgsql.Target {
	var out []pgsql.Target
	for _, t := range q.Targets {
		col, ok := t.X.(*pgsql.Column)
		if !ok || !col.Star || merges(q.From) {
			out = append(out, t)
			continue
		}
		cols, sure := f.starColumns(col)
		if !sure {
			out = append(out, t)
			continue
		}
		out = append(out, cols...)
	}
	return out
}

func (f *frame) starColumns(star *pgsql.Column) (out []pgsql.Target, sure bool) {
	for _, r := range f.rels {
		if !r.matches(star.Parts) {
			continue
		}
		cols := r.Cols
		if r.T != nil {
			cols = r.T.ColumnNames()
		}
		if r.loose || len(cols) == 0 || r.Name == "" {
			return nil, false
		}
		for _, c := range cols {
			out = append(out, pgsql.Target{X: &pgsql.Column{At: star.At, Parts: []string{r.Name, c}}})
		}
	}
	return out, len(out) > 0
}

// merges reports whether a join of the list has USING or NATURAL.
func merges(from []pgsql.TableExpr) bool {
	for _, x := range from {
		if j, ok := x.(*pgsql.Join); ok && (j.Natural || len(j.Using) > 0 || merges([]pgsql.TableExpr{j.L, j.R})) {
			return true
		}
	}
	return false
}

// OutputName is the name that Postgres gives to a target without an alias.
func OutputName(x pgsql.Expr) string {
	if name, _ := FigureName(x); name != "" {
		return name
	}
	return "?column?"
}

// FigureName returns the name and how strong the claim is: a cast's type gives way
// to a name from inside.
func FigureName(x pgsql.Expr) (string, int) {
	switch x := x.(type) {
	case *pgsql.Column:
		if len(x.Parts) > 0 && !x.Star {
			return x.Parts[len(x.Parts)-1], 2
		}
	case *pgsql.Field:
		return x.Name, 2
	case *pgsql.Index:
		return FigureName(x.X)
	case *pgsql.Call:
		return x.Name.Name, 2
	case *pgsql.Collate:
		return FigureName(x.X)
	case *pgsql.Cast:
		if name, strength := FigureName(x.X); strength > 1 {
			return name, strength
		}
		return x.To.Name, 1
	case *pgsql.Case:
		if name, strength := FigureName(x.Else); strength > 1 {
			return name, strength
		}
		return "case", 1
	case *pgsql.Subquery:
		return subqueryName(x)
	case *pgsql.ArrayLit:
		return "array", 2
	case *pgsql.Row:
		return "row", 2
	}
	return "", 0
}

func subqueryName(x *pgsql.Subquery) (string, int) {
	if x.Kind != "scalar" {
		return x.Kind, 2
	}
	q := firstArm(x.Query)
	if len(q.Targets) == 0 {
		return "", 0
	}
	if q.Targets[0].As != "" {
		return q.Targets[0].As, 2
	}
	return FigureName(q.Targets[0].X)
}
