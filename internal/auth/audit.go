package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	// Sessions that can end no other way end after a year without a refresh.
	sqlSweepSessions = `delete from auth.sessions where coalesce(refreshed_at, created_at) < now() - interval '1 year'
 or not_after < now() - interval '1 day'`
	sqlSweepOld = `delete from auth.sessions where created_at < $1 or coalesce(refreshed_at, created_at) < $2`
)

// audit writes what u did, or what was done to u by a server of the project, in the
// transaction in which it happened.
func (s *Service) audit(r *http.Request, tx *db.Tx, action string, u *account.User) error {
	by := "user"
	if c := wire.Who(r).Claims; wire.Who(r).Session.Role == "service_role" || c != nil && c.Role == "service_role" {
		by = "service_role"
	}
	now := s.cfg.Now()
	return audit.Write(r.Context(), tx, audit.Entry{
		ID: word.UUID(now), Action: action, Actor: u.ID, Username: u.Reach(), By: by, IP: s.ip(r), At: now,
	})
}

func (s *Service) listAudit(w http.ResponseWriter, r *http.Request) error {
	return audit.List(s.cfg.DB, w, r, s.base(r)+"/admin/audit")
}

// Sweep forgets what happened long ago, and sessions that have ended by time; the roof
// schedules it.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.cfg.Now()
	since := func(d time.Duration) time.Time {
		if d == 0 {
			return time.Unix(0, 0)
		}
		return now.Add(-d)
	}
	_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		if err := audit.Sweep(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlSweepSessions); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlSweepOld, since(s.cfg.Timebox), since(s.cfg.Inactivity))
		return err
	})
	return err
}
