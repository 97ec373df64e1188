package catalog

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/pgsql/refuse"
)

// Refused is the fault of a statement that the engine does not have, nil where it has it
// or takes it without effect.
func Refused(st *pgsql.Other) error {
	switch st.Kind {
	case "alter schema", "alter trigger", "create cast", "alter database", "alter system", "alter extension", "security label",
		"analyze", "vacuum", "reindex", "cluster", "create statistics", "alter statistics", "drop statistics", "checkpoint":
		return nil
	}
	return fault.SQL("0A000", "%s is not supported", st.Kind).WithHint(refuse.Statement(st.Kind))
}
