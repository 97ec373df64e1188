package auth

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/hook"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/value"
)

// Kinds of codes.
const (
	kindSignup      = "signup"
	kindMagicLink   = "magiclink"
	kindRecovery    = "recovery"
	kindInvite      = "invite"
	kindChange      = "email_change"         // to the new address
	kindChangeOld   = "email_change_current" // to the old one
	kindReauth      = "reauthentication"
	kindSMS         = "sms"
	kindSMSSignup   = "sms_signup"
	kindPhoneChange = "phone_change"
	kindFactor      = "factor"
)

const (
	codeColumns  = `id, user_id, kind, email, code_hash, challenge, challenge_method, attempts, expires_at, used_at, session_id, client`
	sqlLastCode  = `select max(created_at) from auth.one_time_codes where email = $1 and kind = $2`
	sqlSweep     = `delete from auth.one_time_codes where expires_at < $1`
	sqlSweepFlow = `delete from auth.flow_codes where expires_at < $1`
	// The last letters may be slow: a new code leaves two older ones alive.
	sqlTrimCodes = `delete from auth.one_time_codes where email = $1 and kind = $2 and id not in
 (select id from auth.one_time_codes where email = $1 and kind = $2 order by created_at desc, id desc limit 2)`
	sqlAddCode = `insert into auth.one_time_codes (id, user_id, kind, email, code_hash, link_hash, challenge, challenge_method, created_at, expires_at)
 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	sqlSentAt = `update auth.users set %s = $2, updated_at = now() where id = $1`
)

// flow is the PKCE part of a request: with it a link answers a code, not a session.
type flow struct {
	Challenge string `json:"code_challenge"`
	Method    string `json:"code_challenge_method"`
}

// letter is a code on its way to a person. user is nil for an address that nobody
// has: then everything is written as for another, but nothing is sent, and nobody can
// tell, neither by the answer nor by the time that it takes.
type letter struct {
	kind, template string
	to             string
	user           *account.User
	nobody         bool // user is made up
	newEmail       string
	flow           flow
	channel        string // of a message to a phone
}

// phone says that the letter is a message to a phone.
func (l letter) phone() bool { return !strings.Contains(l.to, "@") }

// secret is the pair that opens the same door: digits to type, a word in a link.
type secret struct{ digits, link string }

// code is a row of auth.one_time_codes.
type code struct {
	id, userID, kind, email, hash string
	challenge, method             string
	attempts                      int64
	expires, used                 account.Stamp
	session, client               string
}

func scanCode(v []value.Value) *code {
	return &code{
		id: v[0].S, userID: v[1].S, kind: v[2].S, email: v[3].S, hash: v[4].S, challenge: v[5].S, method: v[6].S,
		attempts: v[7].I, expires: account.StampOf(v[8]), used: account.StampOf(v[9]), session: v[10].S, client: v[11].S,
	}
}

// post throttles, makes a code and sends it: a letter, or a message to a phone.
func (s *Service) post(r *http.Request, tx *db.Tx, l letter) error {
	if !s.sends() && !l.phone() {
		return errNoMail
	}
	ctx := r.Context()
	if err := s.throttle(ctx, tx, l); err != nil {
		return err
	}
	if l.user == nil {
		l.user = &account.User{ID: account.Nobody, Email: l.to}
	}
	l.nobody = l.user.ID == account.Nobody
	sec, err := s.newCode(ctx, tx, l)
	if err != nil {
		return err
	}
	if err := s.noteSent(ctx, tx, l); err != nil {
		return err
	}
	if l.phone() {
		return s.text(ctx, tx, l, sec)
	}
	if s.cfg.Hooks.Has(hook.SendEmail) {
		return s.tellLetter(r, tx, l, sec)
	}
	_, err = s.cfg.Mail.Send(ctx, tx, mail.Letter{
		To: l.to, Template: l.template, Life: s.cfg.CodeLife, Vars: s.letterVars(r, l, sec), Nobody: l.nobody,
	})
	return err
}

// throttle refuses a second letter too soon, whether or not the address is known.
func (s *Service) throttle(ctx context.Context, tx *db.Tx, l letter) error {
	pause, refusal := s.cfg.MaxFrequency, errMailTooOften
	if l.phone() {
		pause, refusal = s.cfg.SMSFrequency, errSMSTooOften
		if l.kind == kindFactor {
			pause = s.cfg.MFA.PhoneFrequency
		}
	}
	rows, err := tx.Query(ctx, sqlLastCode, l.to, l.kind)
	if err != nil {
		return err
	}
	var last account.Stamp
	if rows.Next() {
		last = account.StampOf(rows.Value(0))
	}
	if err := account.Close(rows); err != nil || !last.Set {
		return err
	}
	wait := pause - s.cfg.Now().Sub(time.UnixMicro(last.Micros))
	if wait <= 0 {
		return nil
	}
	f := *refusal
	f.Message = fmt.Sprintf("For security purposes, you can only request this after %d seconds.", int64((wait+time.Second-1)/time.Second))
	return &f
}

func (s *Service) newCode(ctx context.Context, tx *db.Tx, l letter) (secret, error) {
	now := s.cfg.Now()
	for _, sql := range []string{sqlSweep, sqlSweepFlow} {
		if _, err := tx.Exec(ctx, sql, now.Add(-time.Hour)); err != nil {
			return secret{}, err
		}
	}
	if _, err := tx.Exec(ctx, sqlTrimCodes, l.to, l.kind); err != nil {
		return secret{}, err
	}
	id := word.UUID(now)
	length := s.cfg.CodeLength
	if l.kind == kindFactor {
		length = s.cfg.MFA.PhoneDigits
	}
	sec := secret{word.Digits(length), word.Random()}
	if fixed := s.cfg.TestOTP[l.to]; fixed != "" {
		sec.digits = fixed
	}
	var owner any
	if !l.nobody {
		owner = l.user.ID
	}
	_, err := tx.Exec(ctx, sqlAddCode, id, owner, l.kind, l.to, word.Digest(id+sec.digits), word.Digest(sec.link),
		account.Nullable(l.flow.Challenge), account.Nullable(l.flow.Method), now, now.Add(s.cfg.CodeLife))
	return sec, err
}

// noteSent writes the moment where GoTrue has it.
func (s *Service) noteSent(ctx context.Context, tx *db.Tx, l letter) error {
	column := map[string]string{
		kindSignup: "confirmation_sent_at", kindInvite: "confirmation_sent_at", kindMagicLink: "recovery_sent_at", kindRecovery: "recovery_sent_at",
		kindChange: "email_change_sent_at", kindChangeOld: "email_change_sent_at", kindReauth: "reauthentication_sent_at",
		kindSMS: "confirmation_sent_at", kindSMSSignup: "confirmation_sent_at", kindPhoneChange: "phone_change_sent_at",
	}[l.kind]
	if column == "" { // the factor's row has it
		return nil
	}
	_, err := tx.Exec(ctx, fmt.Sprintf(sqlSentAt, column), l.user.ID, s.cfg.Now())
	return err
}

// verifyURL is the link of a letter.
func (s *Service) verifyURL(r *http.Request, kind, link, redirect string) string {
	if kind == kindChangeOld {
		kind = kindChange
	}
	return s.base(r) + "/verify?token=" + link + "&type=" + kind + "&redirect_to=" + url.QueryEscape(redirect)
}
