package rest

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// root answers GET and HEAD of /: a Swagger 2 description of what is exposed.
func (s *Service) root(w http.ResponseWriter, r *http.Request) error {
	rq, err := s.request(r)
	if err != nil {
		return err
	}
	if !rq.reads() {
		return errMethod(r.Method)
	}
	list := parseAccept(r.Header["Accept"])
	if len(list) > 0 && !slices.ContainsFunc(list, describes) {
		return errMedia([]string{list[0].full})
	}
	rq.media = media{format: asOpenAPI, typ: "application/openapi+json; charset=utf-8"}
	body, err := json.Marshal(rq.describe())
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

// describe lists the tables and functions of the schema.
func (rq *request) describe() map[string]any {
	paths := map[string]any{}
	if sc := rq.st.cat.Schemas[rq.schema]; sc != nil {
		for name, t := range sc.Tables {
			paths["/"+name] = map[string]any{"get": map[string]any{
				"tags": []string{name}, "summary": t.Comment, "responses": okResponse,
			}}
		}
		for name := range sc.Funcs {
			paths["/rpc/"+name] = map[string]any{"post": map[string]any{
				"tags": []string{"(rpc) " + name}, "responses": okResponse,
			}}
		}
	}
	return map[string]any{
		"swagger":  "2.0",
		"info":     map[string]string{"title": "Plinth REST API", "version": "1"},
		"basePath": "/", "paths": paths,
	}
}

var okResponse = map[string]any{"200": map[string]string{"description": "OK"}}

// tableOptions answers OPTIONS of a table: what may be done with it.
func (s *Service) tableOptions(w http.ResponseWriter, rq *request) error {
	t, err := rq.table()
	if err != nil {
		return err
	}
	allow := []string{"OPTIONS", "GET", "HEAD"}
	if t.Kind != catalog.MatView {
		allow = append(allow, "POST")
		if len(rq.st.schema.PrimaryKey(t)) > 0 {
			allow = append(allow, "PUT")
		}
		allow = append(allow, "PATCH", "DELETE")
	}
	return options(w, allow)
}

// callOptions answers OPTIONS of a function.
func (s *Service) callOptions(w http.ResponseWriter, rq *request) error {
	allow := []string{"OPTIONS", "POST"}
	sc := rq.st.cat.Schemas[rq.schema]
	if sc != nil && slices.ContainsFunc(sc.Funcs[rq.name], func(f *catalog.Function) bool { return f.Volatility != "volatile" }) {
		allow = []string{"OPTIONS", "GET", "HEAD", "POST"}
	}
	return options(w, allow)
}

func options(w http.ResponseWriter, allow []string) error {
	w.Header().Set("Allow", strings.Join(allow, ","))
	w.WriteHeader(http.StatusOK)
	return nil
}

// jsonScalar reports whether text is a JSON value that is neither object nor array.
func jsonScalar(text []byte) bool { return json.Valid(text) }

// hexBytes is the text form of a bytea.
func hexBytes(raw []byte) []byte { return []byte(`\x` + hex.EncodeToString(raw)) }
