package account

import (
	"context"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Verified is the status of a factor that counts.
const Verified = "verified"

// ErrNoFactor says that the user has no such factor.
var ErrNoFactor = fault.New(fault.NotFound, "mfa_factor_not_found", "Factor not found")

// Factor is a second factor.
type Factor struct {
	ID           string `json:"id"`
	FriendlyName string `json:"friendly_name,omitempty"`
	Type         string `json:"factor_type"`
	Status       string `json:"status"`
	Phone        string `json:"phone,omitempty"`
	CreatedAt    any    `json:"created_at"`
	UpdatedAt    any    `json:"updated_at"`
	Secret       string `json:"-"` // sealed
	Made         Stamp  `json:"-"`
}

const sqlFactors = `select id, friendly_name, factor_type, status, phone, created_at, updated_at, secret from auth.mfa_factors
 where user_id = $1 order by created_at, id`

// Factors returns a user's second factors, the oldest first.
func Factors(ctx context.Context, tx *db.Tx, userID string) ([]Factor, error) {
	rows, err := tx.Query(ctx, sqlFactors, userID)
	if err != nil {
		return nil, err
	}
	var out []Factor
	for rows.Next() {
		v := rows.Row()
		out = append(out, Factor{
			ID: v[0].S, FriendlyName: v[1].S, Type: v[2].S, Status: v[3].S, Phone: v[4].S,
			CreatedAt: StampOf(v[5]).Time(), UpdatedAt: StampOf(v[6]).Time(), Secret: v[7].S, Made: StampOf(v[5]),
		})
	}
	return out, Close(rows)
}

// Factor returns one of the user's factors.
func (u *User) Factor(id string) (*Factor, error) {
	for i, f := range u.Factors {
		if f.ID == id {
			return &u.Factors[i], nil
		}
	}
	return nil, ErrNoFactor
}

// Guarded says that the user has a second factor that counts.
func (u *User) Guarded() bool {
	for _, f := range u.Factors {
		if f.Status == Verified {
			return true
		}
	}
	return false
}
