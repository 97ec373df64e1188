package rest

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/wire"
)

// Routes is the room's URL surface, relative to /rest/v1. Methods are told apart by
// the handlers: PostgREST answers the wrong ones in its own shape.
func (s *Service) Routes() []wire.Route {
	return []wire.Route{
		{Pattern: "/{$}", Handler: s.serve(s.root), Doc: "the API's description (OpenAPI 2)"},
		{Pattern: "POST /batch", Handler: s.serve(s.batch), Doc: "several requests in one transaction, with references between their results"},
		{Pattern: "/rpc/{function}", Handler: s.serve(s.rpc), Doc: "call a function: GET, HEAD, POST"},
		{Pattern: "/{table}", Handler: s.serve(s.table), Doc: "read and write a table or view: GET, HEAD, POST, PATCH, PUT, DELETE"},
		{Pattern: "/", Handler: s.lost, Doc: "any other path"},
	}
}

// Handler returns the room behind its door; the server strips the prefix.
func (s *Service) Handler() http.Handler { return wire.Mount(s.Routes(), s) }

// table serves a table or view.
func (s *Service) table(w http.ResponseWriter, rq *request) error {
	rq.name = rq.r.PathValue("table")
	switch rq.r.Method {
	case http.MethodGet, http.MethodHead:
		return s.read(w, rq)
	case http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete:
		return s.write(w, rq)
	case http.MethodOptions:
		return s.tableOptions(w, rq)
	}
	return errMethod(rq.r.Method)
}

// rpc serves a function.
func (s *Service) rpc(w http.ResponseWriter, rq *request) error {
	rq.name, rq.call = rq.r.PathValue("function"), true
	switch rq.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return s.call(w, rq)
	case http.MethodOptions:
		return s.callOptions(w, rq)
	}
	return errRPCMethod(rq.r.Method)
}

func (s *Service) lost(http.ResponseWriter, *http.Request) error { return errPath }
