// Package sqlgen turns a parsed query string (package query) and the catalogue into
// one statement of portable SQL, the list of its arguments and the shape of its
// output. It runs nothing: internal/rest executes a Plan and encodes its rows.
//
// A Plan holds no value of a request. Its Args say where each value comes from
// (a Param of the query string, the body, a constant), so a Plan serves every
// request of its shape until the catalogue changes.
//
// Embeds: a to-one embed of the outermost select is a join whose columns are
// encoded as a nested object; every other embed is one correlated subquery that
// yields JSON. Nothing is nested without being JSON already.
//
// Only internal/rest may import it. A Schema and a Plan are safe for concurrent use.
package sqlgen
