package ddl

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func builtinType(name string) bool {
	_, ok := value.ByName(name)
	return ok
}

// nextvalOf is the default of a column that takes its values from q.
func nextvalOf(q *catalog.Sequence) pgsql.Expr {
	return &pgsql.Call{
		Name: pgsql.Ident{Name: "nextval"},
		Args: []pgsql.Expr{&pgsql.Cast{
			X:  &pgsql.Str{Val: scope.QuoteName(q.Schema, q.Name)},
			To: pgsql.TypeName{Name: "regclass"},
		}},
	}
}
