package label

import "github.com/plinth-dev/plinth/internal/pgsql"

// Column is the name that Postgres gives an output column without an alias.
func Column(x pgsql.Expr) string {
	if name, _ := guessName(x); name != "" {
		return name
	}
	return "?column?"
}

// guessName also says how sure the name is: 2 for a name, 1 for a weak guess that a
// cast's type name may not override.
func guessName(x pgsql.Expr) (string, int) {
	switch x := x.(type) {
	case *pgsql.Column:
		if len(x.Parts) > 0 {
			return x.Parts[len(x.Parts)-1], 2
		}
	case *pgsql.Field:
		return x.Name, 2
	case *pgsql.Call:
		return x.Name.Name, 2
	case *pgsql.Index:
		return guessName(x.X)
	case *pgsql.Collate:
		return guessName(x.X)
	case *pgsql.Cast:
		if name, sure := guessName(x.X); sure == 2 {
			return name, sure
		}
		return x.To.Name, 1
	case *pgsql.Case:
		if x.Else != nil {
			if name, sure := guessName(x.Else); sure == 2 {
				return name, sure
			}
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
	q := x.Query
	for q.Left != nil {
		q = q.Left
	}
	if len(q.Targets) == 0 {
		return "column1", 2
	}
	if q.Targets[0].As != "" {
		return q.Targets[0].As, 2
	}
	return guessName(q.Targets[0].X)
}
