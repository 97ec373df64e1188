package ddl

import (
	"errors"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// ErrNotDDL is what Apply returns for a statement that does not change the schema.
var ErrNotDDL = errors.New("catalog: not a DDL statement")

const hintCascade = "Use DROP ... CASCADE to drop the dependent objects too."

// at puts the node's position into a fault.
func at(err *fault.Error, n pgsql.Node) *fault.Error { return err.At(int(n.Position()) + 1) }

func errNoRelation(name string) *fault.Error {
	return fault.SQL("42P01", "relation \"%s\" does not exist", name)
}

func errRelationExists(name string) *fault.Error {
	return fault.SQL("42P07", "relation \"%s\" already exists", name)
}

func errNoColumn(col, rel string) *fault.Error {
	return fault.SQL("42703", "column \"%s\" of relation \"%s\" does not exist", col, rel)
}

func errNoType(name string) *fault.Error {
	return fault.SQL("42704", "type \"%s\" does not exist", name)
}

func errNoSchema(name string) *fault.Error {
	return fault.SQL("3F000", "schema \"%s\" does not exist", name)
}

func errNoRole(name string) *fault.Error {
	return fault.SQL("42704", "role \"%s\" does not exist", name)
}

// errUnsupported refuses what the subset leaves out; hint says a way out.
func errUnsupported(hint, format string, args ...any) *fault.Error {
	return fault.SQL("0A000", format, args...).WithHint(hint)
}

// written is a name as the user wrote it, for messages.
func written(id pgsql.Ident) string {
	if id.Schema == "" {
		return id.Name
	}
	return id.Schema + "." + id.Name
}
