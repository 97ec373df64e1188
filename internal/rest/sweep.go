package rest

import (
	"context"

	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/rest/idempotency"
)

// Schema is the room's own table, run once as the database's owner; the schema plinth
// must exist.
var Schema = idempotency.Schema

// Sweep forgets old Idempotency-Keys; the roof schedules it.
func (s *Service) Sweep() job.Kind {
	return job.Kind{Handle: func(ctx context.Context, _ *job.Run) error { return idempotency.Sweep(ctx, s.db) }}
}
