// Package rest is /rest/v1: PostgREST's protocol over db.
//
// A request's way: Prefer, Accept, profile and Range are read (prefer.go, media.go,
// bounds.go); the query string becomes Params (package query); their shape finds a
// compiled Plan, or package sqlgen makes one (plan.go); values are bound (bind.go);
// the rows are encoded to JSON in Go (encode.go) before a byte is sent, so a status
// never has to be taken back.
//
// Errors are returned, and answered once by Door in PostgREST's shape.
//
// The room knows one schema per request and holds no state but the compiled plans of
// the current catalogue. A Service is safe for concurrent use. internal/server alone
// may construct it.
package rest
