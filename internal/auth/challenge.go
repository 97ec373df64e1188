package auth

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/recovery"
	"github.com/plinth-dev/plinth/internal/auth/totp"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlSweepChallenges = `delete from auth.factor_challenges where factor_id = $1 and expires_at < $2`
	sqlAddChallenge    = `insert into auth.factor_challenges (id, factor_id, expires_at) values ($1, $2, $3)`
	sqlChallenge       = `select expires_at from auth.factor_challenges where id = $1 and factor_id = $2 for update`
	sqlDropChallenge   = `delete from auth.factor_challenges where id = $1`
	sqlChallenged      = `update auth.mfa_factors set last_challenged_at = now() where id = $1`
	sqlGuard           = `insert into auth.factor_guards (factor_id) values ($1) on conflict (factor_id) do nothing`
	sqlReadGuard       = `select last_step, failures, failed_at from auth.factor_guards where factor_id = $1 for update`
	sqlFailed          = `update auth.factor_guards set failures = $2, failed_at = $3 where factor_id = $1`
	sqlPassed          = `update auth.factor_guards set failures = 0, last_step = $2 where factor_id = $1`
	sqlVerified        = `update auth.mfa_factors set status = 'verified', updated_at = now() where id = $1`
	sqlUpgrade         = `update auth.sessions set aal = 'aal2', factor_id = $2, updated_at = now() where id = $1`
	sqlEndWeaker       = `delete from auth.sessions where user_id = $1 and id <> $2 and coalesce(aal, 'aal1') = 'aal1'`
	sqlAddMethod       = `insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method) values (gen_random_uuid(), $1, $2, $2, $3)
 on conflict (session_id, authentication_method) do update set updated_at = excluded.updated_at`

	challengeLife = 5 * time.Minute
	maxFailures   = 5                // guesses of a factor's code
	failurePause  = 15 * time.Minute // after which they are forgotten
)

// issuerName is whom an authenticator app names as the account's keeper.
func (s *Service) issuerName(asked string) string {
	if asked != "" {
		return asked
	}
	if u, err := url.Parse(s.cfg.SiteURL); err == nil && u.Host != "" {
		return u.Host
	}
	return "Plinth"
}

// challenge begins a verification; a phone gets its code.
func (s *Service) challenge(w http.ResponseWriter, r *http.Request) error {
	var b struct {
		Channel string `json:"channel"`
	}
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	ctx, now := r.Context(), s.cfg.Now()
	id, until := word.UUID(now), now.Add(challengeLife)
	var f *account.Factor
	_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		if f, err = u.Factor(r.PathValue("id")); err != nil {
			return err
		}
		if err := s.mayVerify(f); err != nil {
			return err
		}
		if f.Type == factorPhone {
			if err := s.post(r, tx, letter{kind: kindFactor, to: f.Phone, user: u, channel: b.Channel}); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, sqlSweepChallenges, f.ID, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlChallenged, f.ID); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlAddChallenge, id, f.ID, until)
		return err
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]any{"id": id, "type": f.Type, "expires_at": until.Unix()})
}

func (s *Service) mayVerify(f *account.Factor) error {
	switch {
	case f.Type == factorTOTP && !s.cfg.MFA.TOTPVerify:
		return errTOTPVerify
	case f.Type == factorPhone && !s.cfg.MFA.PhoneVerify:
		return errPhoneVerify
	case f.Type != factorTOTP && f.Type != factorPhone: // of a database that others made
		return account.ErrNoFactor
	}
	return nil
}

// attempt is a code typed for a challenge of a factor.
type attempt struct {
	Challenge string `json:"challenge_id"`
	Code      string `json:"code"`
	user      *account.User
	factor    *account.Factor
	approved  bool // by the sender of the message, who alone knows the code
}

// verifyFactor answers a challenge: the session gets its second level.
func (s *Service) verifyFactor(w http.ResponseWriter, r *http.Request) error {
	var a attempt
	if err := wire.DecodeJSON(w, r, maxBody, &a); err != nil {
		return err
	}
	if !word.IsUUID(a.Challenge) || a.Code == "" || len(a.Code) > 40 {
		return invalid("challenge_id and code are required")
	}
	if err := s.askSender(r, &a); err != nil {
		return err
	}
	var method string
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) (err error) {
		method, err = s.judge(r, tx, &a)
		return err // a wrong guess is counted, which must commit
	})
	if err == nil {
		err = s.askFactor(r.Context(), &a, method != "")
	}
	if err == nil && method == "" {
		err = errFactorCode
	}
	if err != nil {
		return err
	}
	var se *session
	_, err = s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) (err error) {
		se, err = s.elevate(r, tx, a, method)
		return err
	})
	if err != nil {
		return err
	}
	answer, err := s.answer(r, se)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return wire.WriteJSON(w, http.StatusOK, answer)
}

// askSender asks the sender of messages about a phone's code, where it made it.
func (s *Service) askSender(r *http.Request, a *attempt) error {
	if s.cfg.SMS == nil || !s.cfg.SMS.Verifies() {
		return nil
	}
	var f *account.Factor
	err := s.cfg.DB.Read(r.Context(), db.Owner, func(tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err == nil {
			f, err = u.Factor(r.PathValue("id"))
		}
		return err
	})
	if err != nil || f.Type != factorPhone || s.cfg.TestOTP[f.Phone] != "" {
		return err
	}
	a.approved, err = s.cfg.SMS.Check(r.Context(), f.Phone, a.Code)
	return err
}

// judge returns the method that the attempt proves, "" for none.
func (s *Service) judge(r *http.Request, tx *db.Tx, a *attempt) (method string, err error) {
	ctx, now := r.Context(), s.cfg.Now()
	if a.user, err = s.current(r, tx); err != nil {
		return "", err
	}
	if a.factor, err = a.user.Factor(r.PathValue("id")); err != nil {
		return "", err
	}
	if err := s.mayVerify(a.factor); err != nil {
		return "", err
	}
	v, err := account.First(ctx, tx, sqlChallenge, a.Challenge, a.factor.ID)
	if err != nil {
		return "", err
	}
	if v == nil || v[0].I < now.UnixMicro() {
		return "", errChallengeExpired
	}
	if _, err := tx.Exec(ctx, sqlGuard, a.factor.ID); err != nil {
		return "", err
	}
	if v, err = account.First(ctx, tx, sqlReadGuard, a.factor.ID); err != nil {
		return "", err
	}
	step, failures := v[0].I, v[1].I
	if now.UnixMicro()-v[2].I > failurePause.Microseconds() {
		failures = 0
	}
	if failures >= maxFailures {
		return "", errFactorGuesses
	}
	method, step, err = s.proof(ctx, tx, a, step)
	if err != nil {
		return "", err
	}
	if method == "" {
		_, err = tx.Exec(ctx, sqlFailed, a.factor.ID, failures+1, now)
		return "", err
	}
	if _, err = tx.Exec(ctx, sqlPassed, a.factor.ID, step); err == nil {
		_, err = tx.Exec(ctx, sqlDropChallenge, a.Challenge)
	}
	return method, err
}

// proof compares the code with what the factor would say, and with the recovery codes
// of a user whose factor counts. It spends what fits.
func (s *Service) proof(ctx context.Context, tx *db.Tx, a *attempt, used int64) (method string, step int64, err error) {
	if a.factor.Status == account.Verified && recovery.Like(a.Code) {
		ok, err := recovery.Use(ctx, tx, a.user.ID, a.Code)
		if err == nil && ok {
			method = "recovery_code"
		}
		return method, used, err
	}
	if a.factor.Type == factorTOTP {
		secret, err := s.cfg.Factors.Secret(a.factor.ID, a.factor.Secret)
		step, ok := totp.Check(secret, a.Code, s.cfg.Now(), used)
		if err != nil || !ok {
			return "", used, err
		}
		return "totp", step, nil
	}
	c, err := s.findDigits(ctx, tx, a.factor.Phone, guess{a.Code, a.approved, []string{kindFactor}})
	if err != nil || c == nil || c.userID != a.user.ID {
		return "", used, err
	}
	_, err = tx.Exec(ctx, sqlDropCode, c.id)
	return "mfa/phone", used, err
}

// elevate writes the second level into the session. The user's sessions without it
// end, as soon as the factor counts.
func (s *Service) elevate(r *http.Request, tx *db.Tx, a attempt, method string) (*session, error) {
	ctx, id := r.Context(), wire.Who(r).Claims.SessionID
	row, err := account.FindSession(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, errSessionNotFound
	}
	for _, st := range []struct {
		sql  string
		args []any
	}{
		{sqlVerified, []any{a.factor.ID}},
		{sqlUpgrade, []any{id, a.factor.ID}},
		{sqlAddMethod, []any{id, s.cfg.Now(), method}},
		{sqlEndWeaker, []any{a.user.ID, id}},
	} {
		if _, err := tx.Exec(ctx, st.sql, st.args...); err != nil {
			return nil, err
		}
	}
	if err := s.audit(r, tx, audit.FactorShown, a.user); err != nil {
		return nil, err
	}
	row.AAL = aal2
	u, err := account.Find(ctx, tx, account.ByID, a.user.ID)
	if err != nil {
		return nil, err
	}
	return s.sessionOf(ctx, tx, row, u)
}

// recoveryCodes gives the user new codes for the day on which the factor is lost; the
// old ones end.
func (s *Service) makeRecoveryCodes(w http.ResponseWriter, r *http.Request) error {
	var codes []string
	ctx := r.Context()
	_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		if !u.Guarded() {
			return account.ErrNoFactor
		}
		if err := s.proven(r, tx, u); err != nil {
			return err
		}
		if codes, err = recovery.Make(ctx, tx, u.ID); err != nil {
			return err
		}
		return s.audit(r, tx, audit.RecoveryCodes, u)
	})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return wire.WriteJSON(w, http.StatusOK, map[string]any{"codes": codes})
}

func (s *Service) countRecoveryCodes(w http.ResponseWriter, r *http.Request) error {
	var left int64
	err := s.cfg.DB.Read(r.Context(), db.Owner, func(tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		left, err = recovery.Left(r.Context(), tx, u.ID)
		return err
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]any{"remaining": left})
}
