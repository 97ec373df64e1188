package auth

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/family"
	"github.com/plinth-dev/plinth/internal/db"
)

const (
	sqlRotate     = `update auth.sessions set refresh_token_counter = $2, refreshed_at = $3, updated_at = now() where id = $1`
	sqlGiveKey    = `update auth.sessions set refresh_token_hmac_key = $2, refresh_token_counter = 0, refreshed_at = $3, updated_at = now() where id = $1`
	sqlOldToken   = `select session_id from auth.refresh_tokens where token = $1 and session_id is not null and coalesce(revoked, false) = false`
	sqlEndSession = `delete from auth.sessions where id = $1`
)

const maxToken = 255 // bytes of a refresh token

// refresh answers grant_type=refresh_token.
func (s *Service) refresh(r *http.Request, tok string) (*session, error) {
	if len(tok) > maxToken {
		return nil, errRefreshNotFound
	}
	var out *session
	var stolen bool
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		row, counter, err := shown(r.Context(), tx, tok)
		if err == nil {
			out, stolen, err = s.rotate(r, tx, row, counter)
		}
		return err
	})
	if err == nil && stolen {
		s.cfg.Log.Warn("auth: a used refresh token came again; its session was ended")
		return nil, errRefreshUsed
	}
	return out, err
}

// shown returns the session of a refresh token, and the token's place in it: -1 for one
// of the server that had the database before, whose successor is our first.
func shown(ctx context.Context, tx *db.Tx, tok string) (row *account.Session, counter int64, err error) {
	p, own := family.Parse(tok)
	if !own {
		v, err := account.First(ctx, tx, sqlOldToken, tok)
		if err != nil || v == nil {
			return nil, 0, either(err, errRefreshNotFound)
		}
		p.Session = v[0].S
	}
	row, err = account.FindSession(ctx, tx, p.Session)
	switch {
	case err != nil:
		return nil, 0, err
	case row == nil:
		return nil, 0, errRefreshNotFound
	case !own:
		return row, -1, nil
	case !p.By(row.Key) || p.Counter > row.Counter:
		return nil, 0, errRefreshNotFound
	}
	return row, int64(p.Counter), nil
}

// rotate moves the session's counter on. stolen says that the session was ended,
// which must commit.
func (s *Service) rotate(r *http.Request, tx *db.Tx, row *account.Session, counter int64) (out *session, stolen bool, err error) {
	ctx := r.Context()
	if s.over(row) {
		return nil, false, errSessionExpired
	}
	next := int64(row.Counter)
	switch {
	case counter == next:
		next++
		if _, err := tx.Exec(ctx, sqlRotate, row.ID, next, s.cfg.Now()); err != nil {
			return nil, false, err
		}
	case counter+1 < next && !s.recent(row.RefreshedAt):
		if !s.cfg.Rotation {
			return nil, false, errRefreshUsed
		}
		if _, err := tx.Exec(ctx, sqlEndSession, row.ID); err != nil {
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
	row.Counter = uint64(next)
	out, err = s.sessionOf(ctx, tx, row, u)
	return out, false, err
}

// sessionOf returns what a session's row says, for an answer.
func (s *Service) sessionOf(ctx context.Context, tx *db.Tx, row *account.Session, u *account.User) (*session, error) {
	if len(row.Key) == 0 { // of a database that others made
		row.Key, row.Counter = newKey(), 0
		if _, err := tx.Exec(ctx, sqlGiveKey, row.ID, base64.RawURLEncoding.EncodeToString(row.Key), s.cfg.Now()); err != nil {
			return nil, err
		}
	}
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
