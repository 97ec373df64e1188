package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
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

	aal1 = "aal1"
	aal2 = "aal2"
)

const (
	sqlAddFactor = `insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret, phone)
 values ($1, $2, $3, $4, 'unverified', $5, $5, $6, $7)`
	sqlDropFactor   = `delete from auth.mfa_factors where id = $1 and user_id = $2`
	sqlRenameFactor = `update auth.mfa_factors set friendly_name = $2, updated_at = now() where id = $1`
	sqlDowngrade    = `update auth.sessions set aal = 'aal1', factor_id = null, updated_at = now() where user_id = $1 and factor_id = $2`
	unverifiedLife  = 5 * time.Minute // after which a factor that nobody finished makes room for another
)

// proven refuses what a session without the second factor may not do, where the user
// has one.
func (s *Service) proven(r *http.Request, tx *db.Tx, u *account.User) error {
	if !u.Guarded() {
		return nil
	}
	row, err := account.FindSession(r.Context(), tx, wire.Who(r).Claims.SessionID)
	if err != nil {
		return err
	}
	if row == nil || row.AAL != aal2 {
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
	var u *account.User
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
	uri := totp.URI(s.issuerName(b.Issuer), u.Reach(), b.secret)
	svg, err := totp.SVG(uri)
	if err != nil {
		return invalid("the issuer and the account are too long for a QR code")
	}
	out["totp"] = map[string]string{"qr_code": svg, "secret": b.secret, "uri": uri}
	w.Header().Set("Cache-Control", "no-store")
	return wire.WriteJSON(w, http.StatusOK, out)
}

func (s *Service) addFactor(ctx context.Context, tx *db.Tx, u *account.User, b enrollBody) error {
	kept := 0
	for _, f := range u.Factors {
		stale := f.Status != account.Verified && s.cfg.Now().Sub(time.UnixMicro(f.Made.Micros)) > unverifiedLife
		same := b.FriendlyName != "" && f.FriendlyName == b.FriendlyName
		begun := f.Status != account.Verified && (same || b.Type == factorPhone && f.Phone == b.Phone) // and not finished
		if stale || begun {
			if _, err := tx.Exec(ctx, sqlDropFactor, f.ID, u.ID); err != nil {
				return err
			}
			continue
		}
		kept++
		switch {
		case same:
			return errFactorName
		case b.Type == factorPhone && f.Type == factorPhone && f.Phone == b.Phone && f.Status == account.Verified:
			return errFactorExists
		}
	}
	if kept >= s.cfg.MFA.MaxFactors {
		return errManyFactors
	}
	_, err := tx.Exec(ctx, sqlAddFactor, b.id, u.ID, account.Nullable(b.FriendlyName), b.Type, s.cfg.Now(), account.Nullable(s.cfg.Factors.Text(b.id, b.secret)), account.Nullable(b.Phone))
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
		f, err := u.Factor(id)
		if err != nil {
			return err
		}
		if f.Status == account.Verified {
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
func dropFactor(ctx context.Context, tx *db.Tx, u *account.User, f *account.Factor) error {
	if _, err := tx.Exec(ctx, sqlDowngrade, u.ID, f.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlDropFactor, f.ID, u.ID); err != nil {
		return err
	}
	left := *u
	left.Factors = nil
	for _, other := range u.Factors {
		if other.ID != f.ID {
			left.Factors = append(left.Factors, other)
		}
	}
	if left.Guarded() {
		return nil
	}
	return recovery.Drop(ctx, tx, u.ID)
}

// adminFactors lists a user's factors.
func (s *Service) adminFactors(w http.ResponseWriter, r *http.Request) error {
	var u *account.User
	err := s.cfg.DB.Read(r.Context(), db.Owner, func(tx *db.Tx) (err error) {
		u, err = named(r, tx)
		return err
	})
	if err != nil {
		return err
	}
	if u.Factors == nil {
		u.Factors = []account.Factor{}
	}
	return wire.WriteJSON(w, http.StatusOK, u.Factors)
}

// adminFactor runs fn on a factor of the user of the path, and answers it.
func (s *Service) adminFactor(fn func(context.Context, *db.Tx, *account.User, *account.Factor) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		var f *account.Factor
		_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
			u, err := named(r, tx)
			if err != nil {
				return err
			}
			if f, err = u.Factor(r.PathValue("factor")); err != nil {
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
	return s.adminFactor(func(ctx context.Context, tx *db.Tx, _ *account.User, f *account.Factor) error {
		f.FriendlyName = clip(b.FriendlyName, 200)
		_, err := tx.Exec(ctx, sqlRenameFactor, f.ID, account.Nullable(f.FriendlyName))
		return err
	})(w, r)
}
