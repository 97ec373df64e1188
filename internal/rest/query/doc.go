// Package query reads PostgREST's URL grammar: a query string becomes a list of
// Params, the Params become a Request tree. It knows no schema and prints no SQL.
//
// A Param is split where its shape ends and its value begins: two requests with
// equal shapes differ in values alone, so a compiled Request of one serves the
// other. Val.Param remembers which Param a value came from.
//
// Only internal/rest may import it. Everything is pure and safe for concurrent use.
//
//	ps, err := query.Split("select=id,tasks(name)&id=eq.5", false, nil)
//	req, err := query.Parse(ps)
package query
