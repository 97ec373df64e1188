package auth

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlSessions = `select id, created_at, refreshed_at, user_agent, ip, coalesce(aal, 'aal1') from auth.sessions
 where user_id = $1 order by created_at desc, id limit 1000`
)

// device is a session as its user sees it.
type device struct {
	ID          string `json:"id"`
	CreatedAt   any    `json:"created_at"`
	RefreshedAt any    `json:"refreshed_at"`
	UserAgent   string `json:"user_agent"`
	IP          string `json:"ip"`
	AAL         string `json:"aal"`
	Current     bool   `json:"current"`
}

// listSessions shows the signed-in user where he is signed in.
func (s *Service) listSessions(w http.ResponseWriter, r *http.Request) error {
	ctx, out := r.Context(), []device{}
	err := s.cfg.DB.Read(ctx, db.Owner, func(tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, sqlSessions, u.ID)
		if err != nil {
			return err
		}
		for rows.Next() {
			v := rows.Row()
			out = append(out, device{
				ID: v[0].S, CreatedAt: account.StampOf(v[1]).Time(), RefreshedAt: account.StampOf(v[2]).Time(), UserAgent: v[3].S, IP: v[4].S, AAL: v[5].S,
				Current: v[0].S == wire.Who(r).Claims.SessionID,
			})
		}
		return account.Close(rows)
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]any{"sessions": out})
}

// endSession ends one of the signed-in user's sessions.
func (s *Service) endSession(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !word.IsUUID(id) {
		return errBadID
	}
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		n, err := tx.Exec(r.Context(), sqlEndLocal, u.ID, id)
		if err == nil && n == 0 {
			err = errNoSession
		}
		return err
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
