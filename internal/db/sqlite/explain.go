package sqlite

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Explain tells SQLite's plan of a query, which has no options. It implements
// db.Explainer.
func (t *tx) Explain(ctx context.Context, s *db.Session, how db.Explain, sql string, args []any) ([]byte, error) {
	t.end()
	if len(how.Options) > 0 {
		return nil, fault.SQL("0A000", "SQLite's plan has no option \"%s\"", how.Options[0]).WithHint("Ask without options, or use Postgres.")
	}
	if ctx.Err() != nil {
		return nil, lite.Ended(ctx)
	}
	s = t.x.Acting(s)
	p, err := t.compile(s, sql)
	if p == nil { // a write is compiled where it may not be run, too
		return nil, err
	}
	vals, err := toValues(p.Params, args, value.Env{Now: t.x.Now})
	if err != nil {
		return nil, err
	}
	steps, err := t.x.Actor(s, searchPath(s)).Explain(p, exec.Input{Params: vals})
	if err != nil {
		return nil, err
	}
	if how.JSON {
		return json.Marshal(steps)
	}
	return []byte(planText(steps)), nil
}

// planText indents each step by those around it, which come before it.
func planText(steps []exec.PlanStep) string {
	var b strings.Builder
	depth := map[int64]int{}
	for i, st := range steps {
		depth[st.ID] = depth[st.Parent] + 1
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.Repeat("  ", depth[st.Parent]) + st.Detail)
	}
	return b.String()
}
