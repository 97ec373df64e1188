package auth

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/family"
	"github.com/plinth-dev/plinth/internal/db"
)

const (
	sqlSession = `select user_id, refresh_token_hmac_key, refresh_token_counter, refreshed_at, not_after, created_at, coalesce(tag, ''), coalesce(aal, 'aal1')
 from auth.sessions where id = $1 for update`
	sqlRotate     = `update auth.sessions set refresh_token_counter = $2, refreshed_at = $3, updated_at = now() where id = $1`
	sqlEndSession = `delete from auth.sessions where id = $1`
)

// sessionRow is what a refresh reads of auth.sessions.
type sessionRow struct {
	userID      string
	key         []byte
	counter     uint64
	refreshedAt stamp
	notAfter    stamp
	createdAt   stamp
	method      string
	id, aal     string
}

func findSession(ctx context.Context, tx *db.Tx, id string) (*sessionRow, error) {
	v, err := first(ctx, tx, sqlSession, nullable(id))
	if err != nil || v == nil {
		return nil, err
	}
	key, err := base64.RawURLEncoding.DecodeString(v[1].S)
	if err != nil {
		return nil, err
	}
	return &sessionRow{
		userID: v[0].S, key: key, counter: uint64(v[2].I), refreshedAt: stampOf(v[3]), notAfter: stampOf(v[4]), createdAt: stampOf(v[5]), method: v[6].S, id: id, aal: v[7].S,
	}, nil
}

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
	row, err := findSession(ctx, tx, p.Session)
	if err != nil {
		return nil, false, err
	}
	if row == nil || !p.By(row.key) || p.Counter > row.counter {
		return nil, false, errRefreshNotFound
	}
	if s.over(row) {
		return nil, false, errSessionExpired
	}
	next := row.counter
	switch {
	case p.Counter == row.counter:
		next++
		if _, err := tx.Exec(ctx, sqlRotate, p.Session, int64(next), s.cfg.Now()); err != nil {
			return nil, false, err
		}
	case p.Counter+1 < row.counter && !s.recent(row.refreshedAt):
		if _, err := tx.Exec(ctx, sqlEndSession, p.Session); err != nil {
			return nil, true, err
		}
		return nil, true, s.audit(r, tx, audit.TokenRevoked, &user{id: row.userID})
	}
	u, err := findUser(ctx, tx, sqlUserByID, row.userID)
	if err != nil {
		return nil, false, err
	}
	if u == nil {
		return nil, false, errRefreshNotFound
	}
	if err := s.usable(u); err != nil {
		return nil, false, err
	}
	row.counter = next
	out, err = s.sessionOf(ctx, tx, row, u)
	return out, false, err
}

// sessionOf returns what a session's row says, for an answer.
func (s *Service) sessionOf(ctx context.Context, tx *db.Tx, row *sessionRow, u *user) (*session, error) {
	se := &session{
		id: row.id, user: u, refresh: family.New(row.id, row.counter, row.key), aal: row.aal,
		method: cmp.Or(row.method, "password"), since: row.createdAt.micros / 1e6, // a session from elsewhere has no method
	}
	var err error
	if row.aal == aal2 {
		se.methods, err = methods(ctx, tx, row.id)
	}
	return se, err
}

// over says that the session has lived, or lain idle, as long as the project lets it.
func (s *Service) over(row *sessionRow) bool {
	now := s.cfg.Now()
	since := func(t stamp) time.Duration { return now.Sub(time.UnixMicro(t.micros)) }
	seen := row.refreshedAt
	if !seen.set {
		seen = row.createdAt
	}
	return row.notAfter.set && since(row.notAfter) > 0 ||
		s.cfg.Timebox > 0 && since(row.createdAt) > s.cfg.Timebox ||
		s.cfg.Inactivity > 0 && since(seen) > s.cfg.Inactivity
}

func (s *Service) recent(at stamp) bool {
	return at.set && s.cfg.Now().UnixMicro()-at.micros <= s.cfg.ReuseInterval.Microseconds()
}
