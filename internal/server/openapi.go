package server

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/rest/openapi"
	"github.com/plinth-dev/plinth/internal/wire"
	"github.com/plinth-dev/plinth/internal/wire/content"
)

// room is a table of routes with its place.
type room struct {
	prefix, name string
	routes       []wire.Route
}

// manual makes the OpenAPI 3.1 document of everything: of the data API what the caller
// may use, of the rooms their tables of routes.
type manual struct {
	server *Server
	data   *rest.Service
	rooms  []room
}

type object = map[string]any

func (m *manual) routes() []wire.Route {
	return []wire.Route{{Pattern: "GET /openapi.json", Handler: m.serve, Doc: "this document"}}
}

func (m *manual) serve(w http.ResponseWriter, r *http.Request) error {
	paths, schemas, err := m.data.Describe(r, "/rest/v1")
	if err != nil {
		return err
	}
	for _, rm := range append(m.rooms, room{"", "server", m.routes()}) {
		rm.describe(paths)
	}
	parts := openapi.Shared()
	parts["schemas"] = schemas
	parts["securitySchemes"] = object{
		"key":  object{"type": "apiKey", "in": "header", "name": "apikey", "description": "the project's publishable or secret key"},
		"user": object{"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "the access token of a session"},
	}
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	text, err := json.Marshal(object{
		"openapi": "3.1.0", "info": object{"title": "Plinth", "version": "1", "license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"}},
		"servers":    []object{{"url": scheme + "://" + r.Host}},
		"security":   []object{{"key": []string{}}, {"key": []string{}, "user": []string{}}},
		"paths":      paths,
		"components": parts,
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	content.Write(w, r, http.StatusOK, text)
	return nil
}

var (
	wild  = regexp.MustCompile(`\{([a-zA-Z]+)(\.\.\.)?\}`)
	plain = regexp.MustCompile(`[^a-zA-Z0-9]+`)
)

// describe adds the routes that have one method and a path of their own. The rest
// catches what nobody serves, or is described from the catalogue.
func (rm room) describe(paths object) {
	for _, route := range rm.routes {
		method, pattern, ok := strings.Cut(route.Pattern, " ")
		if !ok || pattern == "/" {
			continue
		}
		path := rm.prefix + wild.ReplaceAllString(strings.TrimSuffix(pattern, "{$}"), "{$1}")
		item, _ := paths[path].(object)
		if item == nil {
			item = object{}
			paths[path] = item
		}
		item[strings.ToLower(method)] = rm.operation(route, method, path)
	}
}

func (rm room) operation(route wire.Route, method, path string) object {
	params := []object{}
	for _, name := range wild.FindAllStringSubmatch(path, -1) {
		params = append(params, object{"name": name[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	op := object{
		"tags": []string{rm.name}, "summary": route.Doc, "parameters": params,
		"operationId": strings.ToLower(method) + plain.ReplaceAllString(path, "_"),
		"responses":   object{"2XX": object{"description": "done"}, "default": object{"$ref": "#/components/responses/Fault"}},
	}
	if method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch {
		op["requestBody"] = object{"content": object{"*/*": object{}}}
	}
	if route.Open {
		op["security"] = []object{{}}
	}
	return op
}
