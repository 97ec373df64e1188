package rest

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/rest/openapi"
)

// root answers GET and HEAD of /, with a Swagger 2 description of what the caller may
// use, and OPTIONS.
func (s *Service) root(w http.ResponseWriter, rq *request) error {
	r := rq.r
	switch {
	case r.Method == http.MethodOptions:
		return rq.options(w, []string{"OPTIONS", "GET", "HEAD"})
	case !rq.reads():
		return errMethod(r.Method)
	}
	list := parseAccept(r.Header["Accept"])
	if len(list) > 0 && !slices.ContainsFunc(list, describes) {
		return errMedia([]string{list[0].full})
	}
	rq.media = media{format: asOpenAPI, typ: "application/openapi+json; charset=utf-8"}
	at := openapi.Server{Scheme: "http", Host: r.Host, Base: cmp.Or(s.cfg.BasePath, "/")}
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		at.Scheme = "https"
	}
	body, err := json.Marshal(s.visible(rq).Swagger(at))
	if err != nil {
		return err
	}
	rq.ans = &answer{status: http.StatusOK, body: body, rng: "*/*", total: -1}
	return s.respond(w, rq)
}

// describes reports whether a description may be answered as a.
func describes(a accept) bool {
	return slices.Contains([]string{"application/openapi+json", "application/json", "*/*", "application/*"}, a.base)
}

// visible is what the caller may see of the schema.
func (s *Service) visible(rq *request) openapi.Input {
	sc := rq.st.schema
	return openapi.Input{Catalog: rq.st.cat, Schema: rq.schema, Role: rq.actor.Role, Key: sc.PrimaryKey, Foreign: sc.ForeignKey}
}

// Describe returns the paths under prefix and the schemas of an OpenAPI 3.1 document
// of what r's caller may use.
func (s *Service) Describe(r *http.Request, prefix string) (paths, schemas map[string]any, err error) {
	rq, err := s.request(r)
	if err != nil {
		return nil, nil, err
	}
	defer rq.cancel()
	paths, schemas = s.visible(rq).Paths(prefix)
	return paths, schemas, nil
}

// tableOptions answers OPTIONS of a table: what may be done with it.
func (s *Service) tableOptions(w http.ResponseWriter, rq *request) error {
	t, err := rq.table()
	if err != nil {
		return err
	}
	allow := []string{"OPTIONS", "GET", "HEAD"}
	inserts, updates := t.Writes("insert"), t.Writes("update")
	if inserts {
		allow = append(allow, "POST")
	}
	if inserts && updates && len(rq.st.schema.PrimaryKey(t)) > 0 {
		allow = append(allow, "PUT")
	}
	if updates {
		allow = append(allow, "PATCH")
	}
	if t.Writes("delete") {
		allow = append(allow, "DELETE")
	}
	return rq.options(w, allow)
}

// callOptions answers OPTIONS of a function.
func (s *Service) callOptions(w http.ResponseWriter, rq *request) error {
	allow := []string{"OPTIONS", "POST"}
	sc := rq.st.cat.Schemas[rq.schema]
	if sc != nil && slices.ContainsFunc(sc.Funcs[rq.name], func(f *catalog.Function) bool { return f.Volatility != "volatile" }) {
		allow = []string{"OPTIONS", "GET", "HEAD", "POST"}
	}
	return rq.options(w, allow)
}

func (rq *request) options(w http.ResponseWriter, allow []string) error {
	w.Header().Set("Allow", strings.Join(allow, ","))
	if rq.timing != nil {
		rq.timing.lap(responding)
		w.Header().Set("Server-Timing", rq.timing.header())
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// jsonScalar reports whether text is a JSON value that is neither object nor array.
func jsonScalar(text []byte) bool { return json.Valid(text) }

// hexBytes is the text form of a bytea.
func hexBytes(raw []byte) []byte { return []byte(`\x` + hex.EncodeToString(raw)) }
