package rest

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest/idempotency"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
	"github.com/plinth-dev/plinth/internal/wire"
)

// request is a request with its headers understood.
type request struct {
	r      *http.Request
	ctx    context.Context // bounded by the role's time
	cancel context.CancelFunc
	st     *state
	actor  db.Session
	schema string
	name   string // of the table or function
	call   bool
	prefer prefer
	media  media
	params []query.Param
	bound  []query.Param // further ones, which no query string holds
	win    window
	buf    *buffer
	cur    *cursor // nil where none was sent
	pages  *pages  // nil where the rows have no cursors
	ans    *answer
	once   *idempotency.Key // nil without an Idempotency-Key
	heads  string           // request.headers, once SQL has asked for them
	timing *timing          // nil where no Server-Timing is asked for
}

// request reads what all requests have in common. Its cancel must be called.
func (s *Service) request(r *http.Request) (*request, error) {
	rq := &request{r: r, st: s.current(), actor: wire.Actor(r), ans: &answer{total: -1}}
	if s.cfg.ServerTiming {
		rq.timing = startTiming()
	}
	if c := wire.Who(r).Claims; c != nil && s.cfg.Audience != "" && !c.For(s.cfg.Audience) {
		return nil, errAudience
	}
	var err error
	if rq.schema, err = s.profile(r); err != nil {
		return nil, err
	}
	if rq.prefer, err = parsePrefer(r.Header, rq.st.overrides()); err != nil {
		return nil, err
	}
	if rq.prefer.badZone != "" && rq.prefer.handling == "strict" {
		return nil, fault.SQL("22023", `invalid value for parameter "TimeZone": "%s"`, rq.prefer.badZone)
	}
	rq.settings(s.settings[rq.schema])
	rq.ctx, rq.cancel = context.WithTimeoutCause(r.Context(), s.limit(rq), errTimeUp)
	return rq, nil
}

// split reads the query string.
func (rq *request) split(maxRows int) error {
	ps, ferr := query.Split(rq.r.URL.RawQuery, rq.call && rq.reads(), make([]query.Param, 0, 8))
	if ferr != nil {
		return ferr
	}
	rq.params = append(ps, rq.bound...)
	var err error
	if rq.win, err = bounds(rq.r, rq.params, maxRows); err == nil {
		rq.cur, err = rq.cursor()
	}
	rq.timing.lap(parsing)
	return err
}

func (rq *request) reads() bool {
	return rq.r.Method == http.MethodGet || rq.r.Method == http.MethodHead
}

// profile is the schema asked for.
func (s *Service) profile(r *http.Request) (string, error) {
	header := "Content-Profile"
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		header = "Accept-Profile"
	}
	name := r.Header.Get(header)
	if name == "" {
		return s.cfg.Schemas[0], nil
	}
	if !slices.Contains(s.cfg.Schemas, name) {
		return "", errSchema(name, s.cfg.Schemas)
	}
	return name, nil
}

// settings tells SQL about the request and the server's own settings. own is shared by
// all requests.
func (rq *request) settings(own map[string]string) {
	if len(rq.actor.Settings) > 0 || rq.prefer.timezone != "" {
		own = maps.Clone(own)
		maps.Copy(own, rq.actor.Settings)
		if rq.prefer.timezone != "" {
			own["timezone"] = rq.prefer.timezone
		}
	}
	rq.actor.Settings, rq.actor.Request = own, rq
	if rq.actor.Claims == "" && rq.actor.Role != "" {
		rq.actor.Claims = `{"role":` + string(appendQuoted(nil, rq.actor.Role)) + `}`
	}
}

// Setting is what SQL may ask of the request, as of PostgREST: request.method,
// request.path, request.headers and request.cookies.
func (rq *request) Setting(name string) (string, bool) {
	switch name {
	case "request.method":
		return rq.r.Method, true
	case "request.path":
		return rq.r.URL.Path, true
	case "request.headers":
		if rq.heads == "" {
			rq.heads = headersJSON(rq.r.Header) // in one order for the whole transaction
		}
		return rq.heads, true
	case "request.cookies":
		cookies := map[string]string{}
		for _, c := range rq.r.Cookies() {
			cookies[c.Name] = c.Value
		}
		return jsonText(cookies), true
	}
	return "", false
}

// headersJSON writes headers as an object with names in lower case.
func headersJSON(h http.Header) string {
	b := make([]byte, 0, 512)
	b = append(b, '{')
	for k, v := range h {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, '"')
		for i := 0; i < len(k); i++ {
			c := k[i]
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			b = append(b, c) // net/http lets only token characters into names
		}
		b = append(b, '"', ':')
		b = appendQuoted(b, v[0])
	}
	return string(append(b, '}'))
}

// appendQuoted appends s as a JSON string.
func appendQuoted(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x80 {
			return append(b, quote(s)...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func jsonText(m map[string]string) string {
	text, _ := json.Marshal(m)
	return string(text)
}

// table finds the table of the request.
func (rq *request) table() (*catalog.Table, error) {
	sc := rq.st.cat.Schemas[rq.schema]
	if sc != nil && sc.Tables[rq.name] != nil && !sc.Tables[rq.name].Partition {
		return sc.Tables[rq.name], nil
	}
	f := fault.Newf(fault.NotFound, "PGRST205",
		"Could not find the table '%s.%s' in the schema cache", rq.schema, rq.name)
	var names []string
	if sc != nil {
		for n := range sc.Tables {
			names = append(names, n)
		}
	}
	if near := sqlgen.Closest(rq.name, names, 0.75); near != "" {
		f = f.WithHint("Perhaps you meant the table '" + rq.schema + "." + near + "'")
	}
	return nil, f
}

// key starts the cache key of a plan: what is compiled, for which media, and with which
// switches.
func (rq *request) key(dst []byte, what byte, flags ...bool) []byte {
	dst = append(dst[:0], what, byte(rq.media.format))
	dst = append(append(dst, rq.media.handler.Name()...), 0)
	for _, f := range flags {
		if f {
			dst = append(dst, '1')
		} else {
			dst = append(dst, '0')
		}
	}
	dst = append(dst, rq.schema...)
	dst = append(dst, 0)
	dst = append(dst, rq.name...)
	return append(dst, 0)
}

// handlers are the media types that the database makes of rows of t, nil for rows of no
// table.
func (rq *request) handlers(t *catalog.Table) func(accept) (media, bool) {
	return func(a accept) (media, bool) {
		if h := rq.st.schema.HandlerFor(t, a.base, rq.whole()); h != nil {
			m := custom(h.Media, h.Bytes)
			m.handler = h
			return m, true
		}
		return media{}, false
	}
}

// whole reports whether the answer shows all columns, as a handler of a table's own
// rows needs them.
func (rq *request) whole() bool {
	return !slices.ContainsFunc(rq.params, func(p query.Param) bool {
		return p.Kind == query.KindSelect && p.Value != "" && p.Value != "*"
	})
}

// totals is how many rows a count preference asks for: any of them is exact.
func (rq *request) totals() bool { return rq.prefer.count != "" }
