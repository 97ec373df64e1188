// Package identity reads and writes the ways in that a user has: an address, a number,
// a provider. Only the room of sign-in calls it.
package identity

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// Identity is a way in, as the wire shows it.
type Identity struct {
	ID         string          `json:"identity_id"`
	ProviderID string          `json:"id"`
	UserID     string          `json:"user_id"`
	Data       json.RawMessage `json:"identity_data"`
	Provider   string          `json:"provider"`
	LastSignIn any             `json:"last_sign_in_at,omitempty"`
	CreatedAt  any             `json:"created_at"`
	UpdatedAt  any             `json:"updated_at"`
	Email      string          `json:"email,omitempty"`
}

const (
	sqlIdentities = `select id, provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at, lower(identity_data ->> 'email')
 from auth.identities where user_id = $1 order by created_at, id`
	sqlInsertIdentity = `insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
 values ($1, $2, $3, $4, now(), now(), now())`
	sqlSetIdentity = `update auth.identities set identity_data = $2, updated_at = now() where user_id = $1 and provider = $3`
)

// Of returns a user's identities, the oldest first.
func Of(ctx context.Context, tx *db.Tx, userID string) ([]Identity, error) {
	rows, err := tx.Query(ctx, sqlIdentities, userID)
	if err != nil {
		return nil, err
	}
	out := []Identity{}
	for rows.Next() {
		v := rows.Row()
		out = append(out, Identity{
			ID: v[0].S, ProviderID: v[1].S, UserID: v[2].S, Data: object(v[3]), Provider: v[4].S,
			LastSignIn: moment(v[5]), CreatedAt: moment(v[6]), UpdatedAt: moment(v[7]), Email: v[8].S,
		})
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// Providers returns who stands behind the identities, each once.
func Providers(of []Identity) []string {
	names := []string{}
	for _, i := range of {
		if !slices.Contains(names, i.Provider) {
			names = append(names, i.Provider)
		}
	}
	return names
}

// moment returns a timestamptz in the wire's form, nil where it is NULL.
func moment(v value.Value) any {
	if v.IsNull() {
		return nil
	}
	return time.UnixMicro(v.I).UTC()
}

func object(v value.Value) json.RawMessage {
	if v.IsNull() || v.S == "null" {
		return json.RawMessage("{}")
	}
	return json.RawMessage(v.S)
}

// Reachable is the identity that an address ("email") or a number ("phone") makes.
type Reachable struct {
	User, Provider, At string
	Verified           bool
}

func (i Reachable) data() string {
	text, _ := json.Marshal(map[string]any{
		"sub": i.User, i.Provider: i.At, "email_verified": i.Verified && i.Provider == "email", "phone_verified": i.Verified && i.Provider == "phone",
	})
	return string(text)
}

// Feign returns the identity as if it had been inserted then.
func (i Reachable) Feign(then time.Time) Identity {
	at := then.UTC()
	id := Identity{
		ID: word.Random4(), ProviderID: i.User, UserID: i.User, Data: json.RawMessage(i.data()), Provider: i.Provider,
		LastSignIn: at, CreatedAt: at, UpdatedAt: at,
	}
	if i.Provider == "email" {
		id.Email = i.At
	}
	return id
}

// Insert writes the identity.
func (i Reachable) Insert(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, sqlInsertIdentity, i.User, i.User, i.data(), i.Provider)
	return err
}

// Set writes that the user's address or number is this one, and proven.
func (i Reachable) Set(ctx context.Context, tx *db.Tx) error {
	i.Verified = true
	n, err := tx.Exec(ctx, sqlSetIdentity, i.User, i.data(), i.Provider)
	if err == nil && n == 0 {
		err = i.Insert(ctx, tx)
	}
	return err
}
