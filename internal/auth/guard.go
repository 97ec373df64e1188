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
	left := s.limits.Spend(s.limits.Addr(kind, s.cfg.Origin.Client(r)), b, s.cfg.Now())
	return tooMany(w, left.Wait)
}

func tooMany(w http.ResponseWriter, wait time.Duration) error {
	if wait <= 0 {
		return nil
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
func (s *Service) guesses(w http.ResponseWriter, at string) error {
	b := limit.Bound{N: s.cfg.Limits.SignIns, Window: limitWindow}
	return tooMany(w, s.limits.Peek("password "+at, b, s.cfg.Now()))
}

func (s *Service) guessed(at string) {
	s.limits.Take("password "+at, limit.Bound{N: s.cfg.Limits.SignIns, Window: limitWindow}, s.cfg.Now())
}
