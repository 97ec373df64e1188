package auth

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlAudit     = `insert into auth.audit_log_entries (id, payload, created_at, ip_address) values ($1, $2, $3, $4)`
	sqlAuditPage = `select id, payload, created_at, ip_address from auth.audit_log_entries
 where $1 = '' or payload ->> $1 ilike $2 order by created_at desc, id desc limit $3::bigint offset $4::bigint`
	sqlAuditCount = `select count(*) from auth.audit_log_entries where $1 = '' or payload ->> $1 ilike $2`
	sqlSweepAudit = `delete from auth.audit_log_entries where created_at < now() - interval '90 days'`
	// Sessions that can end no other way end after a year without a refresh.
	sqlSweepSessions = `delete from auth.sessions where coalesce(refreshed_at, created_at) < now() - interval '1 year'
 or not_after < now() - interval '1 day'`
	sqlSweepOld = `delete from auth.sessions where created_at < $1 or coalesce(refreshed_at, created_at) < $2`
)

// What is written of accounts, in GoTrue's words.
const (
	didLogin       = "login"
	didLogout      = "logout"
	didSignup      = "user_signedup"
	didModify      = "user_modified"
	didDelete      = "user_deleted"
	didInvite      = "user_invited"
	didRevoke      = "token_revoked"
	didEnroll      = "factor_in_progress"
	didVerify      = "verification_attempted"
	didUnenroll    = "factor_unenrolled"
	didUnlink      = "identity_unlinked"
	didRecoverMake = "generate_recovery_codes"
)

// audit writes what u did, or what was done to u by a server of the project, in the
// transaction in which it happened.
func (s *Service) audit(r *http.Request, tx *db.Tx, action string, u *user) error {
	kind := map[string]string{didLogin: "account", didLogout: "account", didSignup: "team", didInvite: "team", didDelete: "team", didRevoke: "token"}[action]
	if kind == "" {
		kind = "user"
		if strings.HasPrefix(action, "factor") || action == didVerify {
			kind = "factor"
		}
	}
	by := "user"
	if wire.Who(r).Session.Role == "service_role" {
		by = "service_role"
	}
	payload, err := json.Marshal(map[string]any{
		"actor_id": u.id, "actor_username": u.reach(), "actor_via_sso": false, "action": action, "log_type": kind, "traits": map[string]string{"by": by},
	})
	if err != nil {
		return err
	}
	now := s.cfg.Now()
	_, err = tx.Exec(r.Context(), sqlAudit, newUUID(now), string(payload), now, s.ip(r))
	return err
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
		for _, sql := range []string{sqlSweepAudit, sqlSweepSessions} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, sqlSweepOld, since(s.cfg.Timebox), since(s.cfg.Inactivity))
		return err
	})
	return err
}

// listAudit answers a page of what happened, the last first. query is a member of the
// payload and a text, as in "action:login".
func (s *Service) listAudit(w http.ResponseWriter, r *http.Request) error {
	page, size := pageNumber(r, "page", 1), min(pageNumber(r, "per_page", 50), maxPage)
	field, term, ok := strings.Cut(r.URL.Query().Get("query"), ":")
	if field != "" && !ok {
		return invalid("Invalid parameters: query must be <field>:<text>")
	}
	switch field {
	case "", "action", "actor_id", "actor_username", "log_type":
	case "author", "type":
		field = map[string]string{"author": "actor_username", "type": "log_type"}[field]
	default:
		return invalid("Invalid parameters: query knows action, author, type, actor_id, actor_username and log_type")
	}
	like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(clip(term, 200)) + "%"
	ctx, out := r.Context(), []map[string]any{}
	var total int
	err := s.cfg.DB.Read(ctx, db.Owner, func(tx *db.Tx) error {
		v, err := first(ctx, tx, sqlAuditCount, field, like)
		if err != nil {
			return err
		}
		total = int(v[0].I)
		rows, err := tx.Query(ctx, sqlAuditPage, field, like, size, (page-1)*size)
		if err != nil {
			return err
		}
		for rows.Next() {
			v := rows.Row()
			out = append(out, map[string]any{"id": v[0].S, "payload": json.RawMessage(v[1].S), "created_at": stampOf(v[2]).time(), "ip_address": v[3].S})
		}
		return closeRows(rows)
	})
	if err != nil {
		return err
	}
	s.pageHeaders(w, r, paged{path: "/admin/audit", page: page, size: size, total: total})
	return wire.WriteJSON(w, http.StatusOK, out)
}
