package server

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/db/turn"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/limit"
	"github.com/plinth-dev/plinth/internal/limit/shed"
	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
	"github.com/plinth-dev/plinth/internal/wire/http1"
)

// Refusals of the front door; each room says them in its own shape.
var (
	errOften = &fault.Error{Kind: fault.TooMany, Code: "over_request_rate_limit", Status: http.StatusTooManyRequests,
		Message: "Request rate limit reached", Hint: "The header Retry-After says in how many seconds to try again."}
	errOverload = &fault.Error{Kind: fault.Unavailable, Code: "overloaded", Status: http.StatusServiceUnavailable,
		Message: "The server has more to do than it can", Hint: "The header Retry-After says in how many seconds to try again."}
)

// front refuses requests before anything is done for them, and says whose the others are.
type front struct {
	door          *door
	origin        limit.Origin
	exempt        []netip.Prefix
	limits        *limit.Limiter
	all           bounds
	reads, writes *shed.Valve // nil where nothing is shed for the database's sake
	lag           *shed.Lag   // nil where nothing is for the processors'
	gate          *gate       // nil where nothing is shed
}

// entrance is the whole server as one handler, and what stands at its front.
type entrance struct {
	http.Handler
	front *front
}

// bounds are the rates of a group of routes.
type bounds struct{ ip, user, key bound }

// bound has the name under which clients are told of it.
type bound struct {
	limit.Bound
	name string
}

func named(group string, r project.Rates) bounds {
	return bounds{bound{r.IP, group + "-ip"}, bound{r.User, group + "-user"}, bound{r.Key, group + "-key"}}
}

func (s *Server) origin() limit.Origin {
	return limit.Origin{Trusted: s.cfg.Project.Config.Plinth.Proxies, Header: s.cfg.Project.Config.Plinth.Client}
}

func (s *Server) newFront() (*front, error) {
	c := s.cfg.Project.Config.Plinth.Limits
	f := &front{door: s.door(), origin: s.origin(), exempt: c.Exempt, limits: limit.New(), all: named("all", c.All)}
	if s.cluster != nil {
		f.limits = limit.NewKeyed(s.cluster.secret)
		if err := s.cluster.shareLimits(f.limits, s.log); err != nil {
			return nil, err
		}
	}
	if wait := time.Duration(c.DatabaseWait); wait > 0 {
		if reads, writes, ok := s.db.Lines(); ok {
			f.reads, f.writes = valves(reads, writes, shed.Config{Wait: wait})
		}
	}
	if wait := time.Duration(c.ProcessorWait); wait > 0 {
		f.lag = shed.NewLag(wait)
	}
	if f.lag != nil || f.reads != nil {
		f.gate = newGate(s.log, func(p shed.Priority, a http1.Arrival) bool { return f.begins(p, a.Waited) })
		f.gate.manner, f.gate.secure = s.manners(), s.secure != nil
	}
	return f, nil
}

func valves(reads, writes *turn.Line, cfg shed.Config) (*shed.Valve, *shed.Valve) {
	r := shed.New(reads, cfg)
	if reads == writes {
		return r, r
	}
	return r, shed.New(writes, cfg)
}

// before serves next behind the door, for a room whose requests are as urgent as
// urgency says.
func (f *front) before(next http.Handler, own bounds, of urgency) http.Handler {
	byIP := f.all.ip.N > 0 || own.ip.N > 0
	byWho := f.all.user.N > 0 || own.user.N > 0 || f.all.key.N > 0 || own.key.N > 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f.admit(r, of) {
			limit.RetryAfter(w.Header(), time.Duration(1+rand.IntN(3))*time.Second) // not all at once
			refuse(next, w, r, errOverload)
			return
		}
		if byIP && !f.address(w, r, own) {
			refuse(next, w, r, errOften)
			return
		}
		id := f.door.identity(r)
		if byWho && id.Fault == nil && !f.caller(w, r, own, id) {
			refuse(next, w, r, errOften)
			return
		}
		next.ServeHTTP(w, wire.WithIdentity(r, id))
	})
}

// refuse lets the room answer, in its own shape, that it was not asked.
func refuse(next http.Handler, w http.ResponseWriter, r *http.Request, why *fault.Error) {
	next.ServeHTTP(w, wire.WithIdentity(r, &wire.Identity{Refused: why}))
}

// admit says whether a request may begin. Of most the gate has decided before.
func (f *front) admit(r *http.Request, of urgency) bool {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	asked := http1.Gated(r.Context()) && f.gate.takes(r.Method, r.Header["Origin"] != nil) && !strings.Contains(path, "%") // which it does not read
	if f.gate == nil || asked {
		return true
	}
	return f.begins(of(r.Method, r.URL.Path, r.URL.RawQuery), func() (time.Duration, bool) { return http1.Waited(r.Context()) })
}

// begins decides, by how long a request has waited for a processor and how many wait for the
// database.
func (f *front) begins(p shed.Priority, waited func() (time.Duration, bool)) bool {
	switch {
	case f.lag != nil && !f.lag.Admit(p, waited):
		f.gate.tell(f.lag.Shed())
		return false
	case f.reads == nil:
		return true
	case p >= shed.Write:
		return f.writes.Admit(p)
	}
	return f.reads.Admit(p)
}

// join says whether a subscription may begin.
func (f *front) join() bool { return f.reads == nil || f.reads.Admit(shed.Join) }

// address counts the client's address.
func (f *front) address(w http.ResponseWriter, r *http.Request, own bounds) bool {
	ip := f.origin.Client(r)
	if !ip.IsValid() || within(ip, f.exempt) {
		return true
	}
	return f.spend(w, f.all.ip, f.limits.Addr(f.all.ip.name, ip)) && f.spend(w, own.ip, f.limits.Addr(own.ip.name, ip))
}

// caller counts the user and the API key.
func (f *front) caller(w http.ResponseWriter, r *http.Request, own bounds, id *wire.Identity) bool {
	if c := id.Claims; c != nil && c.Subject != "" {
		if !f.spend(w, f.all.user, f.limits.Text(f.all.user.name, c.Subject)) ||
			!f.spend(w, own.user, f.limits.Text(own.user.name, c.Subject)) {
			return false
		}
	}
	if f.all.key.N == 0 && own.key.N == 0 {
		return true
	}
	key := f.key(r, id)
	return f.spend(w, f.all.key, f.limits.Text(f.all.key.name, key)) && f.spend(w, own.key, f.limits.Text(own.key.name, key))
}

// key is the API key by which r is counted. One that nobody has verified counts together
// with all others of that kind: who makes keys up gains nothing by it.
func (f *front) key(r *http.Request, id *wire.Identity) string {
	key := apiKey(r)
	switch {
	case key == "":
		key = id.Token // an older key is a token
		if id.Claims != nil && id.Claims.Subject != "" {
			return ""
		}
		return key
	case key == id.Token:
		return key
	case token.IsOpaque(key) && f.door.side(r).fromKey(key).Fault == nil:
		return key
	}
	return ""
}

func (f *front) spend(w http.ResponseWriter, b bound, key limit.Key) bool {
	if b.N == 0 {
		return true
	}
	left := f.limits.Spend(key, b.Bound, time.Now())
	limit.Told(w.Header(), b.name, b.Bound, left)
	if left.Wait > 0 {
		limit.RetryAfter(w.Header(), left.Wait)
	}
	return left.Wait == 0
}

func within(ip netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
