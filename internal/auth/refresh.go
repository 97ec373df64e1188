package auth

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/family"
	"github.com/plinth-dev/plinth/internal/db"
)

const (
	sqlRotate     = `update auth.sessions set refresh_token_counter = $2, refreshed_at = $3, updated_at = now() where id = $1`
	sqlEndSession = `delete from auth.sessions where id = $1`
)

// refresh answers grant_type=refresh_token.
func (s *Service) refresh(r *http.Request, tok string) (*session, error) {
	p, ok := family.Parse(tok)
	if !ok {
		return nil, errRefreshNotFound
	}
	var out *session
	var stolen bool
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		var err error
		out, stolen, err = s.rotate(r, tx, p)
		return err
	})
	if err == nil && stolen {
		s.cfg.Log.Warn("auth: a used refresh token came again; its session was ended", "session", p.Session)
		return nil, errRefreshUsed
	}
	return out, err
}

// rotate moves the session's counter on. stolen says that the session was ended,
// which must commit.
func (s *Service) rotate(r *http.Request, tx *db.Tx, p family.Token) (out *session, stolen bool, err error) {
	ctx := r.Context()
	row, err := account.FindSession(ctx, tx, p.Session)
	if err != nil {
		return nil, false, err
	}
	if row == nil || !p.By(row.Key) || p.Counter > row.Counter {
		return nil, false, errRefreshNotFound
	}
	if s.over(row) {
		return nil, false, errSessionExpired
	}
	next := row.Counter
	switch {
	case p.Counter == row.Counter:
		next++
		if _, err := tx.Exec(ctx, sqlRotate, p.Session, int64(next), s.cfg.Now()); err != nil {
			return nil, false, err
		}
	case p.Counter+1 < row.Counter && !s.recent(row.RefreshedAt):
		if _, err := tx.Exec(ctx, sqlEndSession, p.Session); err != nil {
			return nil, true, err
		}
		return nil, true, s.audit(r, tx, audit.TokenRevoked, &account.User{ID: row.UserID})
	}
	u, err := account.Find(ctx, tx, account.ByID, row.UserID)
	if err != nil {
		return nil, false, err
	}
	if u == nil {
		return nil, false, errRefreshNotFound
	}
	if err := s.usable(u); err != nil {
		return nil, false, err
	}
	row.Counter = next
	out, err = s.sessionOf(ctx, tx, row, u)
	return out, false, err
}

// sessionOf returns what a session's row says, for an answer.
func (s *Service) sessionOf(ctx context.Context, tx *db.Tx, row *account.Session, u *account.User) (*session, error) {
	se := &session{
		id: row.ID, user: u, refresh: family.New(row.ID, row.Counter, row.Key), aal: row.AAL,
		method: cmp.Or(row.Method, "password"), since: row.CreatedAt.Micros / 1e6, // a session from elsewhere has no method
	}
	var err error
	if row.AAL == aal2 {
		se.methods, err = account.Methods(ctx, tx, row.ID)
	}
	return se, err
}

// over says that the session has lived, or lain idle, as long as the project lets it.
func (s *Service) over(row *account.Session) bool {
	now := s.cfg.Now()
	since := func(t account.Stamp) time.Duration { return now.Sub(time.UnixMicro(t.Micros)) }
	seen := row.RefreshedAt
	if !seen.Set {
		seen = row.CreatedAt
	}
	return row.NotAfter.Set && since(row.NotAfter) > 0 ||
		s.cfg.Timebox > 0 && since(row.CreatedAt) > s.cfg.Timebox ||
		s.cfg.Inactivity > 0 && since(seen) > s.cfg.Inactivity
}

func (s *Service) recent(at account.Stamp) bool {
	return at.Set && s.cfg.Now().UnixMicro()-at.Micros <= s.cfg.ReuseInterval.Microseconds()
}
