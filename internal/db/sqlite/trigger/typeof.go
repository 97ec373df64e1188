package trigger

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// types resolves what declarations name.
type types struct {
	c        *catalog.Catalog
	path     []string
	variable func(name string) (*value.Type, bool)
}

func (fr *frame) typeOf(tn pgsql.TypeName) (*value.Type, error) {
	return types{fr.a.Tx.Catalog, fr.a.Path, func(name string) (*value.Type, bool) {
		_, t, ok := fr.vars(name)
		return t, ok
	}}.of(tn)
}

// of resolves a declared type: also t.col%type, v%type and t%rowtype.
func (ts types) of(tn pgsql.TypeName) (*value.Type, error) {
	switch {
	case tn.PctRowtype:
		return ts.row(tn)
	case tn.PctType:
		return ts.column(tn)
	case tn.Schema == "" && tn.Name == "record":
		return &value.Type{Kind: value.Record}, nil
	case tn.Name == "refcursor":
		return value.TText, nil // the portal's name
	}
	if tn.Array == 0 {
		if t, err := ts.row(tn); err == nil {
			return t, nil
		}
	}
	return ts.c.Type(ts.path, tn)
}

func ident(schema, text string) pgsql.Ident {
	if s, n, ok := strings.Cut(text, "."); ok && schema == "" {
		return pgsql.Ident{Schema: s, Name: n}
	}
	return pgsql.Ident{Schema: schema, Name: text}
}

func (ts types) row(tn pgsql.TypeName) (*value.Type, error) {
	t, ok := ts.c.Table(ts.path, ident(tn.Schema, tn.Name))
	if !ok {
		return nil, fault.SQL("42P01", "relation \"%s\" does not exist", tn.Name)
	}
	return t.RowType(), nil
}

// column resolves the part before %type.
func (ts types) column(tn pgsql.TypeName) (*value.Type, error) {
	if t, ok := ts.variable(tn.Name); ok && tn.Schema == "" {
		return t, nil
	}
	dot := strings.LastIndexByte(tn.Name, '.')
	if dot < 0 {
		return nil, fault.SQL("42704", "variable \"%s\" does not exist", tn.Name)
	}
	t, ok := ts.c.Table(ts.path, ident(tn.Schema, tn.Name[:dot]))
	if !ok {
		return nil, fault.SQL("42P01", "relation \"%s\" does not exist", tn.Name[:dot])
	}
	c := t.Column(tn.Name[dot+1:])
	if c < 0 {
		return nil, fault.SQL("42703", "column \"%s\" of relation \"%s\" does not exist", tn.Name[dot+1:], t.Name)
	}
	return t.Columns[c].Type, nil
}
