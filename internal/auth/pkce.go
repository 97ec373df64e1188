package auth

import (
	"context"
	"crypto/subtle"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/oauth"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

const (
	sqlAddFlow = `insert into auth.flow_codes (code_hash, user_id, challenge, challenge_method, method, expires_at, provider_token, provider_refresh_token)
 values ($1, $2, $3, $4, $5, $6, $7, $8)`
	sqlFlow = `select user_id, challenge, challenge_method, method, expires_at, used_at, session_id, provider_token, provider_refresh_token
 from auth.flow_codes where code_hash = $1 for update`
	sqlFlowUsed = `update auth.flow_codes set used_at = $2, session_id = $3 where code_hash = $1`
	flowLife    = 5 * time.Minute
)

// opening is what a code of the PKCE flow opens: a session of user.
type opening struct {
	user   *account.User
	flow   flow
	method string        // of the sign-in
	tokens *oauth.Tokens // of the provider; nil without one
}

// newFlowCode makes the code that a link hands to the app that holds the verifier.
func (s *Service) newFlowCode(ctx context.Context, tx *db.Tx, o opening) (string, error) {
	opener := word.UUID(s.cfg.Now()) + "-" + word.Random()
	if o.tokens == nil {
		o.tokens = &oauth.Tokens{}
	}
	_, err := tx.Exec(ctx, sqlAddFlow, word.Digest(opener), o.user.ID, o.flow.Challenge, o.flow.Method, o.method, s.cfg.Now().Add(flowLife),
		account.Nullable(o.tokens.Access), account.Nullable(o.tokens.Refresh))
	return opener, err
}

// exchange answers grant_type=pkce. The verifier proves who asks, so a client whose
// answer was lost gets the same session again.
func (s *Service) exchange(r *http.Request, b tokenBody) (*session, error) {
	if b.AuthCode == "" || b.CodeVerifier == "" {
		return nil, invalid("invalid request: both auth code and code verifier should be non-empty")
	}
	var out *session
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		var err error
		out, err = s.exchangeIn(r, tx, b)
		return err
	})
	return out, err
}

func (s *Service) exchangeIn(r *http.Request, tx *db.Tx, b tokenBody) (*session, error) {
	ctx, hash := r.Context(), word.Digest(b.AuthCode)
	rows, err := tx.Query(ctx, sqlFlow, hash)
	if err != nil {
		return nil, err
	}
	var v []value.Value
	if rows.Next() {
		v = rows.Row()
	}
	if err := account.Close(rows); err != nil {
		return nil, err
	}
	switch {
	case v == nil:
		return nil, errFlowNotFound
	case v[4].I < s.cfg.Now().UnixMicro():
		return nil, errFlowExpired
	case !provesFlow(v[1].S, v[2].S, b.CodeVerifier):
		return nil, errBadVerifier
	}
	if used := account.StampOf(v[5]); used.Set {
		if !s.recent(used) {
			return nil, errFlowNotFound
		}
		se, err := s.sessionAgain(ctx, tx, v[6].S)
		if err == nil && se == nil {
			err = errFlowNotFound
		}
		return se.with(v[7].S, v[8].S), err
	}
	u, err := account.Find(ctx, tx, account.ByID, v[0].S)
	if err != nil {
		return nil, err
	}
	if u == nil {
		return nil, errFlowNotFound
	}
	if err := s.usable(u); err != nil {
		return nil, err
	}
	se, err := s.startSession(ctx, tx, r, u, v[3].S)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, sqlFlowUsed, hash, s.cfg.Now(), se.id)
	return se.with(v[7].S, v[8].S), err
}

func provesFlow(challenge, method, verifier string) bool {
	if method == "s256" {
		verifier = oauth.Challenge(verifier)
	}
	return subtle.ConstantTimeCompare([]byte(challenge), []byte(verifier)) == 1
}
