package ddl

import (
	"regexp"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// castText is CREATE CAST (from AS to) WITH FUNCTION f(types).
var castText = regexp.MustCompile(`(?is)^create\s+cast\s*\((.+?)\s+as\s+(.+?)\)\s*with\s+function\s+([^(]+?)\s*\((.*?)\)`)

// createCast keeps a cast from or to a domain, which tells how the domain's values
// are read and written; others would change what expressions mean.
func (e *editor) createCast(st *pgsql.Other) error {
	m := castText.FindStringSubmatch(st.Text)
	if m == nil {
		return errUnsupported("Use a function.", "CREATE CAST is supported WITH FUNCTION only")
	}
	from, err := e.typeWritten(m[1])
	if err != nil {
		return err
	}
	to, err := e.typeWritten(m[2])
	if err != nil {
		return err
	}
	if from.Kind != value.Domain && to.Kind != value.Domain {
		return errUnsupported("Call the function.", "casts between types other than domains are not supported")
	}
	f, err := e.castFunction(m[3], from)
	if err != nil {
		return err
	}
	c := catalog.Cast{From: from, To: to, Schema: f.Schema, Func: f.Name}
	if slices.ContainsFunc(e.c.Casts, func(o catalog.Cast) bool { return o.From.String() == from.String() && o.To.String() == to.String() }) {
		return fault.SQL("42710", "cast from type %s to type %s already exists", from, to)
	}
	e.c.Casts = append(e.c.Casts, c)
	what := "source"
	if from.Kind != value.Domain {
		what = "target"
	}
	e.notice(catalog.Notice{Code: "01000", Message: "cast will be ignored because the " + what + " data type is a domain"})
	return nil
}

func (e *editor) typeWritten(text string) (*value.Type, error) {
	tn, err := pgsql.ParseType(text)
	if err != nil {
		return nil, err
	}
	return e.c.Type(e.s.SearchPath, tn)
}

// castFunction is the function of that name whose one argument is of type from.
func (e *editor) castFunction(text string, from *value.Type) (*catalog.Function, error) {
	id := scope.ParseName(text)
	for _, f := range e.c.Functions(e.s.SearchPath, id) {
		if in := f.InArgs(); len(in) == 1 && in[0].Type.String() == from.String() {
			return f, nil
		}
	}
	return nil, fault.SQL("42883", "function %s(%s) does not exist", id.Name, from)
}
