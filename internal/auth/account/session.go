package account

import (
	"context"
	"encoding/base64"

	"github.com/plinth-dev/plinth/internal/db"
)

// Method is a way in which a session has shown who its user is.
type Method struct {
	Method    string `json:"method"`
	Timestamp int64  `json:"timestamp"`
}

// Session is what a refresh reads of auth.sessions.
type Session struct {
	UserID      string
	Key         []byte
	Counter     uint64
	RefreshedAt Stamp
	NotAfter    Stamp
	CreatedAt   Stamp
	Method      string
	ID, AAL     string
}

const (
	sqlSession = `select user_id, refresh_token_hmac_key, refresh_token_counter, refreshed_at, not_after, created_at, coalesce(tag, ''), coalesce(aal, 'aal1')
 from auth.sessions where id = $1 for update`
	sqlMethods = `select authentication_method, updated_at from auth.mfa_amr_claims where session_id = $1 order by updated_at desc, id`
)

// FindSession returns the session of an id, held until the transaction ends, or nil.
func FindSession(ctx context.Context, tx *db.Tx, id string) (*Session, error) {
	v, err := First(ctx, tx, sqlSession, Nullable(id))
	if err != nil || v == nil {
		return nil, err
	}
	key, err := base64.RawURLEncoding.DecodeString(v[1].S)
	if err != nil {
		return nil, err
	}
	return &Session{
		UserID: v[0].S, Key: key, Counter: uint64(v[2].I), RefreshedAt: StampOf(v[3]), NotAfter: StampOf(v[4]), CreatedAt: StampOf(v[5]), Method: v[6].S, ID: id, AAL: v[7].S,
	}, nil
}

// Methods returns the second factors that the session has shown, the last one first.
func Methods(ctx context.Context, tx *db.Tx, sessionID string) ([]Method, error) {
	rows, err := tx.Query(ctx, sqlMethods, sessionID)
	if err != nil {
		return nil, err
	}
	var out []Method
	for rows.Next() {
		out = append(out, Method{rows.Value(0).S, rows.Value(1).I / 1e6})
	}
	return out, Close(rows)
}
