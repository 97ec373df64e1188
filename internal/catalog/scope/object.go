package scope

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// Object names one thing that can be dropped or depended upon. What is "table",
// "view", "materialized view", "column", "default", "generated", "constraint",
// "index", "policy", "trigger", "function", "type", "sequence", "schema" or
// "publication". Of parts of a table, Name is the table and Sub the part; of a
// function, Sub is its ID.
type Object struct{ What, Schema, Name, Sub string }

// PartOf names a part of a table.
func PartOf(t *catalog.Table, what, sub string) Object { return Object{what, t.Schema, t.Name, sub} }

// OfTable names a table or view.
func OfTable(t *catalog.Table) Object { return PartOf(t, t.KindName(), "") }

// OfFunction names a function.
func OfFunction(f *catalog.Function) Object {
	return Object{"function", f.Schema, f.Name, strconv.Itoa(f.ID)}
}

// OfSequence names a sequence.
func OfSequence(q *catalog.Sequence) Object { return Object{"sequence", q.Schema, q.Name, ""} }

// Function returns the function that o names, or nil.
func (o Object) Function(c *catalog.Catalog) *catalog.Function {
	if s := c.Schemas[o.Schema]; s != nil {
		for _, f := range s.Funcs[o.Name] {
			if strconv.Itoa(f.ID) == o.Sub {
				return f
			}
		}
	}
	return nil
}

// Table returns the table that o is or is a part of.
func (o Object) Table(c *catalog.Catalog) *catalog.Table {
	if s := c.Schemas[o.Schema]; s != nil {
		return s.Tables[o.Name]
	}
	return nil
}
