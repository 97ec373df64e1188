package auth

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlEndAll    = `delete from auth.sessions where user_id = $1`
	sqlEndLocal  = `delete from auth.sessions where user_id = $1 and id = $2`
	sqlEndOthers = `delete from auth.sessions where user_id = $1 and id <> $2`
)

// logout ends sessions. Access tokens live until they expire; refresh tokens end at
// once.
func (s *Service) logout(w http.ResponseWriter, r *http.Request) error {
	who := wire.Who(r)
	if who.Claims == nil || who.Claims.Subject == "" {
		return errNoAuthorization
	}
	sql, args := sqlEndAll, []any{who.Claims.Subject}
	switch scope := r.URL.Query().Get("scope"); scope {
	case "", "global":
	case "local":
		sql, args = sqlEndLocal, append(args, who.Claims.SessionID)
	case "others":
		sql, args = sqlEndOthers, append(args, who.Claims.SessionID)
	default:
		return invalid("Unsupported logout scope \"" + clip(scope, 20) + "\"")
	}
	if len(args) == 2 && who.Claims.SessionID == "" {
		return errSessionNotFound
	}
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(r.Context(), sql, args...); err != nil {
			return err
		}
		return s.audit(r, tx, audit.Logout, u)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
