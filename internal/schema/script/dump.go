package script

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Dump returns the statements that make the schemas of c in a new project, in order.
func Dump(c *catalog.Catalog, schemas []string) []string {
	var out []string
	for _, o := range list(c, schemas).ordered() {
		out = append(out, o.make...)
	}
	return out
}

// Join writes statements as a file.
func Join(stmts []string) string {
	if len(stmts) == 0 {
		return ""
	}
	return strings.Join(stmts, ";\n\n") + ";\n"
}

// RowStatements returns the statements of a script that change rows: a dump of the
// schema does not have them.
func RowStatements(sql string) ([]string, error) {
	var out []string
	for st, err := range pgsql.Script(sql) {
		if err != nil {
			return nil, err
		}
		switch st.Stmt.(type) {
		case *pgsql.Insert, *pgsql.Update, *pgsql.Delete, *pgsql.Truncate, *pgsql.Do, *pgsql.Select: // select setval(…)
			out = append(out, strings.TrimSpace(st.SQL))
		}
	}
	return out, nil
}
