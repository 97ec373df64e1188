// Package audit is the log of what happened to accounts, for administrators: rows in
// the transaction of what they tell, in GoTrue's words. Only the room of sign-in calls
// it.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/page"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlAdd  = `insert into auth.audit_log_entries (id, payload, created_at, ip_address) values ($1, $2, $3, $4)`
	sqlPage = `select id, payload, created_at, ip_address from auth.audit_log_entries
 where $1 = '' or payload ->> $1 ilike $2 order by created_at desc, id desc limit $3::bigint offset $4::bigint`
	sqlCount = `select count(*) from auth.audit_log_entries where $1 = '' or payload ->> $1 ilike $2`
	sqlSweep = `delete from auth.audit_log_entries where created_at < now() - interval '90 days'`
	sqlErase = `delete from auth.audit_log_entries where payload ->> 'actor_id' = $1`
)

// What is written.
const (
	Login         = "login"
	Logout        = "logout"
	SignedUp      = "user_signedup"
	Repeated      = "user_repeated_signup"
	Modified      = "user_modified"
	Deleted       = "user_deleted"
	Invited       = "user_invited"
	TokenRevoked  = "token_revoked"
	FactorBegun   = "factor_in_progress"
	FactorShown   = "verification_attempted"
	FactorGone    = "factor_unenrolled"
	Unlinked      = "identity_unlinked"
	RecoveryCodes = "generate_recovery_codes"
)

// Entry is what somebody did, or what was done to him.
type Entry struct {
	ID       string
	Action   string
	Actor    string // the user's id
	Username string // the address or the number
	By       string // "user", or "service_role" for a server of the project
	IP       string
	At       time.Time
}

func (e Entry) kind() string {
	switch e.Action {
	case Login, Logout:
		return "account"
	case SignedUp, Invited, Deleted:
		return "team"
	case TokenRevoked:
		return "token"
	case FactorBegun, FactorShown, FactorGone:
		return "factor"
	}
	return "user"
}

// Write adds an entry in tx.
func Write(ctx context.Context, tx *db.Tx, e Entry) error {
	payload, err := json.Marshal(map[string]any{
		"actor_id": e.Actor, "actor_username": e.Username, "actor_via_sso": false, "action": e.Action, "log_type": e.kind(),
		"traits": map[string]string{"by": e.By},
	})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAdd, e.ID, string(payload), e.At, e.IP)
	return err
}

// Sweep forgets what happened long ago.
func Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, sqlSweep)
	return err
}

// Erase forgets what a user did.
func Erase(ctx context.Context, tx *db.Tx, user string) error {
	_, err := tx.Exec(ctx, sqlErase, user)
	return err
}

// List answers a page of what happened, the last first. query is a member of the
// payload and a text, as in "action:login".
func List(d *db.DB, w http.ResponseWriter, r *http.Request, address string) error {
	p := page.Of(r)
	field, like, err := filter(r.URL.Query().Get("query"))
	if err != nil {
		return err
	}
	ctx, out := r.Context(), []map[string]any{}
	var total int
	err = d.Read(ctx, db.Owner, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, sqlCount, field, like)
		if err != nil {
			return err
		}
		if rows.Next() {
			total = int(rows.Value(0).I)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		if rows, err = tx.Query(ctx, sqlPage, field, like, p.Size, p.Offset()); err != nil {
			return err
		}
		for rows.Next() {
			v := rows.Row()
			out = append(out, map[string]any{"id": v[0].S, "payload": json.RawMessage(v[1].S), "created_at": time.UnixMicro(v[2].I).UTC(), "ip_address": v[3].S})
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil {
		return err
	}
	p.Headers(w, address, total)
	return wire.WriteJSON(w, http.StatusOK, out)
}

func filter(query string) (field, like string, err error) {
	field, term, ok := strings.Cut(query, ":")
	if field != "" && !ok {
		return "", "", fault.New(fault.Invalid, "validation_failed", "Invalid parameters: query must be <field>:<text>")
	}
	switch field {
	case "", "action", "actor_id", "actor_username", "log_type":
	case "author":
		field = "actor_username"
	case "type":
		field = "log_type"
	default:
		return "", "", fault.New(fault.Invalid, "validation_failed", "Invalid parameters: query knows action, author, type, actor_id, actor_username and log_type")
	}
	if len(term) > 200 {
		term = term[:200]
	}
	return field, "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(term) + "%", nil
}
