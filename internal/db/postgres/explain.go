package postgres

import (
	"context"
	"slices"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// explainOptions are those of EXPLAIN that may be asked for; they stand in its text.
var explainOptions = []string{"analyze", "verbose", "settings", "buffers", "wal"}

// Explain asks the planner how it executes a statement. It implements db.Explainer.
func (t *tx) Explain(ctx context.Context, s *db.Session, how db.Explain, sql string, args []any) ([]byte, error) {
	prefix := "explain (format text"
	if how.JSON {
		prefix = "explain (format json"
	}
	for _, o := range how.Options {
		if !slices.Contains(explainOptions, o) {
			return nil, fault.SQL("42601", "unrecognized EXPLAIN option \"%s\"", o)
		}
		prefix += ", " + o
	}
	cur, err := t.Query(ctx, s, prefix+") "+sql, args)
	if err != nil {
		return nil, err
	}
	defer cur.Close()
	var out []byte
	for cur.Next() {
		if out != nil {
			out = append(out, '\n')
		}
		out, _ = cur.AppendText(out, 0)
	}
	return out, cur.Err()
}
