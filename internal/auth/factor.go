package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/recovery"
	"github.com/plinth-dev/plinth/internal/auth/totp"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

// MFA says what may be done with second factors.
type MFA struct {
	MaxFactors               int
	TOTPEnroll, TOTPVerify   bool
	PhoneEnroll, PhoneVerify bool
	PhoneDigits              int
	PhoneFrequency           time.Duration
	PhoneTemplate            string
}

// Kinds, states and levels, as the wire writes them.
const (
	factorTOTP  = "totp"
	factorPhone = "phone"
	verifiedTag = "verified"
	aal1        = "aal1"
	aal2        = "aal2"
)

// factor is a second factor.
type factor struct {
	ID           string `json:"id"`
	FriendlyName string `json:"friendly_name,omitempty"`
	Type         string `json:"factor_type"`
	Status       string `json:"status"`
	Phone        string `json:"phone,omitempty"`
	CreatedAt    any    `json:"created_at"`
	UpdatedAt    any    `json:"updated_at"`
	secret       string
	made         stamp
}

const (
	sqlFactors = `select id, friendly_name, factor_type, status, phone, created_at, updated_at, secret from auth.mfa_factors
 where user_id = $1 order by created_at, id`
	sqlAddFactor = `insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret, phone)
 values ($1, $2, $3, $4, 'unverified', $5, $5, $6, $7)`
	sqlDropFactor   = `delete from auth.mfa_factors where id = $1 and user_id = $2`
	sqlRenameFactor = `update auth.mfa_factors set friendly_name = $2, updated_at = now() where id = $1`
	sqlDowngrade    = `update auth.sessions set aal = 'aal1', factor_id = null, updated_at = now() where user_id = $1 and factor_id = $2`
	unverifiedLife  = 5 * time.Minute // after which a factor that nobody finished makes room for another
)

func findFactors(ctx context.Context, tx *db.Tx, userID string) ([]factor, error) {
	rows, err := tx.Query(ctx, sqlFactors, userID)
	if err != nil {
		return nil, err
	}
	var out []factor
	for rows.Next() {
		v := rows.Row()
		out = append(out, factor{
			ID: v[0].S, FriendlyName: v[1].S, Type: v[2].S, Status: v[3].S, Phone: v[4].S,
			CreatedAt: stampOf(v[5]).time(), UpdatedAt: stampOf(v[6]).time(), secret: v[7].S, made: stampOf(v[5]),
		})
	}
	return out, closeRows(rows)
}

// factor returns one of the user's factors.
func (u *user) factor(id string) (*factor, error) {
	for i, f := range u.factors {
		if f.ID == id {
			return &u.factors[i], nil
		}
	}
	return nil, errNoFactor
}

// guarded says that the user has a second factor that counts.
func (u *user) guarded() bool {
	for _, f := range u.factors {
		if f.Status == verifiedTag {
			return true
		}
	}
	return false
}

// proven refuses what a session without the second factor may not do, where the user
// has one.
func (s *Service) proven(r *http.Request, tx *db.Tx, u *user) error {
	if !u.guarded() {
		return nil
	}
	row, err := findSession(r.Context(), tx, wire.Who(r).Claims.SessionID)
	if err != nil {
		return err
	}
	if row == nil || row.aal != aal2 {
		return errInsufficientAAL
	}
	return nil
}

// enrollBody asks for a factor.
type enrollBody struct {
	FriendlyName string `json:"friendly_name"`
	Type         string `json:"factor_type"`
	Issuer       string `json:"issuer"`
	Phone        string `json:"phone"`
	id, secret   string
}

func (s *Service) readEnrollBody(w http.ResponseWriter, r *http.Request) (b enrollBody, err error) {
	if err = wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return b, err
	}
	if len(b.FriendlyName) > 200 || len(b.Issuer) > 200 {
		return b, invalid("friendly_name and issuer have at most 200 bytes")
	}
	b.id = word.UUID(s.cfg.Now())
	switch b.Type {
	case factorTOTP:
		if !s.cfg.MFA.TOTPEnroll {
			return b, errTOTPEnroll
		}
		b.Phone, b.secret = "", totp.NewSecret()
	case factorPhone:
		if !s.cfg.MFA.PhoneEnroll || s.cfg.SMS == nil {
			return b, errPhoneEnroll
		}
		b.Phone, err = number(b.Phone)
	default:
		err = invalid("factor_type needs to be totp or phone")
	}
	return b, err
}

// enroll makes a factor, which counts when its first code has come.
func (s *Service) enroll(w http.ResponseWriter, r *http.Request) error {
	b, err := s.readEnrollBody(w, r)
	if err != nil {
		return err
	}
	var u *user
	_, err = s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		if u, err = s.current(r, tx); err != nil {
			return err
		}
		if err := s.proven(r, tx, u); err != nil {
			return err
		}
		if err := s.addFactor(r.Context(), tx, u, b); err != nil {
			return err
		}
		return s.audit(r, tx, audit.FactorBegun, u)
	})
	if err != nil {
		return err
	}
	out := map[string]any{"id": b.id, "type": b.Type, "friendly_name": b.FriendlyName}
	if b.Type == factorPhone {
		out["phone"] = b.Phone
		return wire.WriteJSON(w, http.StatusOK, out)
	}
	uri := totp.URI(s.issuerName(b.Issuer), u.reach(), b.secret)
	svg, err := totp.SVG(uri)
	if err != nil {
		return invalid("the issuer and the account are too long for a QR code")
	}
	out["totp"] = map[string]string{"qr_code": svg, "secret": b.secret, "uri": uri}
	w.Header().Set("Cache-Control", "no-store")
	return wire.WriteJSON(w, http.StatusOK, out)
}

func (s *Service) addFactor(ctx context.Context, tx *db.Tx, u *user, b enrollBody) error {
	kept := 0
	for _, f := range u.factors {
		stale := f.Status != verifiedTag && s.cfg.Now().Sub(time.UnixMicro(f.made.micros)) > unverifiedLife
		same := b.FriendlyName != "" && f.FriendlyName == b.FriendlyName
		if stale || f.Status != verifiedTag && same {
			if _, err := tx.Exec(ctx, sqlDropFactor, f.ID, u.id); err != nil {
				return err
			}
			continue
		}
		kept++
		switch {
		case same:
			return errFactorName
		case b.Type == factorPhone && f.Type == factorPhone && f.Phone == b.Phone && f.Status == verifiedTag:
			return errFactorExists
		}
	}
	if kept >= s.cfg.MFA.MaxFactors {
		return errManyFactors
	}
	_, err := tx.Exec(ctx, sqlAddFactor, b.id, u.id, nullable(b.FriendlyName), b.Type, s.cfg.Now(), nullable(s.cfg.Factors.Text(b.id, b.secret)), nullable(b.Phone))
	return err
}

// unenroll takes a factor away; one that counts needs the second factor.
func (s *Service) unenroll(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		f, err := u.factor(id)
		if err != nil {
			return err
		}
		if f.Status == verifiedTag {
			if err := s.proven(r, tx, u); err != nil {
				return errUnenrollAAL
			}
		}
		if err := dropFactor(r.Context(), tx, u, f); err != nil {
			return err
		}
		return s.audit(r, tx, audit.FactorGone, u)
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]string{"id": id})
}

// dropFactor takes a factor away, and with the last one what stood on it.
func dropFactor(ctx context.Context, tx *db.Tx, u *user, f *factor) error {
	if _, err := tx.Exec(ctx, sqlDowngrade, u.id, f.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlDropFactor, f.ID, u.id); err != nil {
		return err
	}
	left := *u
	left.factors = nil
	for _, other := range u.factors {
		if other.ID != f.ID {
			left.factors = append(left.factors, other)
		}
	}
	if left.guarded() {
		return nil
	}
	return recovery.Drop(ctx, tx, u.id)
}

// adminFactors lists a user's factors.
func (s *Service) adminFactors(w http.ResponseWriter, r *http.Request) error {
	var u *user
	err := s.cfg.DB.Read(r.Context(), db.Owner, func(tx *db.Tx) (err error) {
		u, err = named(r, tx)
		return err
	})
	if err != nil {
		return err
	}
	if u.factors == nil {
		u.factors = []factor{}
	}
	return wire.WriteJSON(w, http.StatusOK, u.factors)
}

// adminFactor runs fn on a factor of the user of the path, and answers it.
func (s *Service) adminFactor(fn func(context.Context, *db.Tx, *user, *factor) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		var f *factor
		_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
			u, err := named(r, tx)
			if err != nil {
				return err
			}
			if f, err = u.factor(r.PathValue("factor")); err != nil {
				return err
			}
			return fn(r.Context(), tx, u, f)
		})
		if err != nil {
			return err
		}
		return wire.WriteJSON(w, http.StatusOK, f)
	}
}

// renameFactor changes what an administrator may change.
func (s *Service) renameFactor(w http.ResponseWriter, r *http.Request) error {
	var b enrollBody
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	return s.adminFactor(func(ctx context.Context, tx *db.Tx, _ *user, f *factor) error {
		f.FriendlyName = clip(b.FriendlyName, 200)
		_, err := tx.Exec(ctx, sqlRenameFactor, f.ID, nullable(f.FriendlyName))
		return err
	})(w, r)
}
