package postgres

import (
	"context"
	"encoding/json"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Estimate asks the planner how many rows a statement has. It implements db.Estimator.
func (t *tx) Estimate(ctx context.Context, s *db.Session, sql string, args []any) (int64, error) {
	cur, err := t.Query(ctx, s, "explain (format json) "+sql, args)
	if err != nil {
		return 0, err
	}
	defer cur.Close()
	var plans []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if cur.Next() {
		text, _ := cur.AppendText(nil, 0)
		if err := json.Unmarshal(text, &plans); err != nil {
			return 0, fault.From(err)
		}
	}
	if err := cur.Err(); err != nil || len(plans) == 0 {
		return 0, err
	}
	return int64(plans[0].Plan.Rows), nil
}
