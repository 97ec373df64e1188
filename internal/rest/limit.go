package rest

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

// serve lets do answer a request whose common part is understood. The time is bounded
// by the statement_timeout of the role ("alter role … set"), and by the room's own.
func (s *Service) serve(do func(http.ResponseWriter, *request) error) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		rq, err := s.request(r)
		if err != nil {
			return err
		}
		defer rq.cancel()
		if err = do(w, rq); err != nil && fault.CodeOf(err) == "57014" && errors.Is(context.Cause(rq.ctx), errTimeUp) {
			return errTime(rq.actor.Role, s.limit(rq)).WithCause(err)
		}
		return err
	}
}

// limit is the time that a request may take.
func (s *Service) limit(rq *request) time.Duration {
	if own := rq.st.timeouts[rq.actor.Role]; own > 0 {
		return min(own, s.cfg.MaxTime)
	}
	return s.cfg.MaxTime
}

// errTimeUp is why a request's context ended.
var errTimeUp = errors.New("rest: the time of the request is up")

// units are those of a setting that is a time; a bare number is milliseconds.
var units = map[string]time.Duration{
	"": time.Millisecond, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second, "min": time.Minute, "h": time.Hour, "d": 24 * time.Hour,
}

// duration reads a setting such as 8s, 500ms or 3000; 0 stands for none, and for what
// is no time.
func duration(text string) time.Duration {
	text = strings.TrimSpace(text)
	n := strings.TrimLeft(text, "0123456789.")
	f, err := strconv.ParseFloat(text[:len(text)-len(n)], 64)
	unit, ok := units[strings.TrimSpace(n)]
	if err != nil || !ok || f < 0 || f > 1e9 {
		return 0
	}
	return time.Duration(f * float64(unit))
}

func errTime(role string, limit time.Duration) *fault.Error {
	return &fault.Error{
		Kind: fault.Timeout, Code: "57014", Message: "canceling statement due to statement timeout",
		Detail: "A request of the role \"" + role + "\" may take " + limit.String() + ".",
		Hint:   "Ask for fewer rows, add an index, or raise it: alter role … set statement_timeout.",
	}
}
