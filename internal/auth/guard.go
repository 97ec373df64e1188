package auth

import (
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/limit"
	"github.com/plinth-dev/plinth/internal/wire"
)

// Limits are the bounds by client of the expensive routes, in the official server's
// names; 0 for none.
type Limits struct {
	SignIns       int // sign-ins, sign-ups and letters, in five minutes; and wrong passwords of one account
	Refreshes     int // in five minutes
	Verifications int // of codes, in five minutes
	Anonymous     int // new anonymous accounts, an hour
}

const limitWindow = 5 * time.Minute

// security is what clients send beside their wishes.
type security struct {
	Security struct {
		Captcha string `json:"captcha_token"`
	} `json:"gotrue_meta_security"`
}

// ip is the client's address.
func (s *Service) ip(r *http.Request) string { return s.cfg.Origin.Text(r) }

// bound takes one of the client's n of a kind in a window.
func (s *Service) bound(w http.ResponseWriter, r *http.Request, kind string, b limit.Bound) error {
	wait, err := s.cfg.Counter.Take(r.Context(), kind+" "+limit.Network(s.cfg.Origin.Client(r)).String(), b, s.cfg.Now())
	return tooMany(w, wait, err)
}

func tooMany(w http.ResponseWriter, wait time.Duration, err error) error {
	if err != nil || wait <= 0 {
		return err
	}
	limit.RetryAfter(w.Header(), wait)
	return errRateLimit
}

// signIns bounds a route by the client's sign-ins.
func (s *Service) signIns(h wire.Handler) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := s.bound(w, r, "sign-in", limit.Bound{N: s.cfg.Limits.SignIns, Window: limitWindow}); err != nil {
			return err
		}
		return h(w, r)
	}
}

// verifications bounds a route by the client's guesses of codes.
func (s *Service) verifications(h wire.Handler) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := s.bound(w, r, "verify", limit.Bound{N: s.cfg.Limits.Verifications, Window: limitWindow}); err != nil {
			return err
		}
		return h(w, r)
	}
}

// human asks whether a person is there, where the project wants to know; its own
// servers need not show one.
func (s *Service) human(r *http.Request, b security) error {
	if s.cfg.Captcha == nil || wire.Who(r).Session.Role == "service_role" {
		return nil
	}
	return s.cfg.Captcha.Verify(r.Context(), b.Security.Captcha, s.ip(r))
}

// guesses bounds the wrong passwords of one account, whoever tries them.
func (s *Service) guesses(w http.ResponseWriter, r *http.Request, at string) error {
	wait, err := s.cfg.Counter.Peek(r.Context(), "password "+at, limit.Bound{N: s.cfg.Limits.SignIns, Window: limitWindow}, s.cfg.Now())
	return tooMany(w, wait, err)
}

// guessed counts a wrong one, and returns why it is wrong.
func (s *Service) guessed(r *http.Request, at string, why error) error {
	if _, err := s.cfg.Counter.Take(r.Context(), "password "+at, limit.Bound{N: s.cfg.Limits.SignIns, Window: limitWindow}, s.cfg.Now()); err != nil {
		return err
	}
	return why
}
