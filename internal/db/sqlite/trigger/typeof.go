package trigger

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// typeOf resolves a declared type: also t.col%type, v%type and t%rowtype.
func (fr *frame) typeOf(tn pgsql.TypeName) (*value.Type, error) {
	switch {
	case tn.PctRowtype:
		return fr.rowType(tn)
	case tn.PctType:
		return fr.columnType(tn)
	case tn.Schema == "" && tn.Name == "record":
		return &value.Type{Kind: value.Record}, nil
	case tn.Name == "refcursor":
		return value.TText, nil // the portal's name
	}
	if tn.Array == 0 {
		if t, err := fr.rowType(tn); err == nil {
			return t, nil
		}
	}
	return fr.a.Tx.Catalog.Type(fr.a.Path, tn)
}

func ident(schema, text string) pgsql.Ident {
	if s, n, ok := strings.Cut(text, "."); ok && schema == "" {
		return pgsql.Ident{Schema: s, Name: n}
	}
	return pgsql.Ident{Schema: schema, Name: text}
}

func (fr *frame) rowType(tn pgsql.TypeName) (*value.Type, error) {
	t, ok := fr.a.Tx.Catalog.Table(fr.a.Path, ident(tn.Schema, tn.Name))
	if !ok {
		return nil, fault.SQL("42P01", "relation \"%s\" does not exist", tn.Name)
	}
	return t.RowType(), nil
}

// columnType resolves the part before %type.
func (fr *frame) columnType(tn pgsql.TypeName) (*value.Type, error) {
	if n, ok := fr.find(tn.Name); ok && tn.Schema == "" {
		return fr.slots[n].t, nil
	}
	dot := strings.LastIndexByte(tn.Name, '.')
	if dot < 0 {
		return nil, fault.SQL("42704", "variable \"%s\" does not exist", tn.Name)
	}
	t, ok := fr.a.Tx.Catalog.Table(fr.a.Path, ident(tn.Schema, tn.Name[:dot]))
	if !ok {
		return nil, fault.SQL("42P01", "relation \"%s\" does not exist", tn.Name[:dot])
	}
	c := t.Column(tn.Name[dot+1:])
	if c < 0 {
		return nil, fault.SQL("42703", "column \"%s\" of relation \"%s\" does not exist", tn.Name[dot+1:], t.Name)
	}
	return t.Columns[c].Type, nil
}
