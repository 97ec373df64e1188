package sqlite

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
)

// printer prints the expressions of indexes.
func (r *scriptRun) printer(*catalog.Catalog) schema.Printer { return nil }
