package lower

import "github.com/plinth-dev/plinth/internal/pgsql"

// Renamed is a table whose columns get other names, t as u (a, b), as a query of it: the
// columns of a table itself are always called what the catalogue calls them.
func Renamed(t *pgsql.TableRef) *pgsql.QueryRef {
	alias := t.Alias
	if alias == "" {
		alias = t.Name.Name
	}
	plain := &pgsql.TableRef{At: t.At, Name: t.Name, Only: t.Only}
	all := []pgsql.Target{{X: &pgsql.Column{At: t.At, Star: true}}}
	return &pgsql.QueryRef{At: t.At, Alias: alias, Cols: t.Cols,
		Query: &pgsql.Select{At: t.At, Targets: all, From: []pgsql.TableExpr{plain}}}
}
