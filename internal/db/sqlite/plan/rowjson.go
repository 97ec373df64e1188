package plan

import (
	"encoding/json"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/value"
)

// toJSON writes to_json and row_to_json of x; NULL gives NULL.
func (p *printer) toJSON(x bind.Expr) (string, bool) {
	switch y := x.(type) {
	case *bind.WholeRow:
		n := p.rels[y.Rel]
		if n == nil {
			return "", false
		}
		return n.unlessAbsent(p.rowJSON(fieldsOf(y), n.cols)), true
	case *bind.RowExpr:
		cols := make([]string, len(y.Elems))
		for i, e := range y.Elems {
			cols[i] = p.expr(e)
		}
		return p.rowJSON(y.T.Fields, cols), len(y.T.Fields) == len(cols)
	}
	return "", false
}

func fieldsOf(x *bind.WholeRow) []value.Field {
	if x.T != nil && len(x.T.Fields) == len(x.Rel.Cols) {
		return x.T.Fields
	}
	return x.Rel.Cols
}

// jsonOf writes the JSON of x, 'null' for NULL.
func (p *printer) jsonOf(x bind.Expr) (string, bool) {
	if s, ok := p.toJSON(x); ok {
		return "coalesce(" + s + ", 'null')", true
	}
	if x.Type().Base().Kind == value.Record {
		return "", false
	}
	return p.fieldJSON(p.expr(x), x.Type()), true
}

// rowJSON writes a row as a JSON object, by concatenation.
func (p *printer) rowJSON(fields []value.Field, cols []string) string {
	if len(fields) == 0 {
		return "'{}'"
	}
	out := "("
	for i, f := range fields {
		lead := "{"
		if i > 0 {
			out += " || "
			lead = ","
		}
		key := string(value.AppendJSONString(nil, f.Name))
		out += text(lead+key+":") + " || " + p.fieldJSON(cols[i], f.Type)
	}
	return out + " || '}')"
}

// fieldJSON writes the JSON of a stored value, never NULL.
func (p *printer) fieldJSON(sql string, t *value.Type) string {
	t = t.Base()
	switch t.Kind {
	case value.Int2, value.Int4, value.Int8, value.JSON, value.JSONB:
		return "coalesce(" + sql + ", 'null')"
	case value.Bool:
		return "case " + sql + " when 1 then 'true' when 0 then 'false' else 'null' end"
	case value.UUID:
		return "coalesce('\"' || " + sql + " || '\"', 'null')"
	case value.Text, value.Varchar, value.Bpchar, value.Name, value.Citext, value.Enum:
		return "json_quote(" + sql + ")"
	case value.Array:
		switch t.Elem.Base().Kind {
		case value.Int2, value.Int4, value.Int8, value.Text, value.Varchar, value.UUID, value.Enum:
			return "coalesce(" + sql + ", 'null')"
		}
	}
	return p.need(fn.JSON(t)) + "(" + sql + ")"
}

// jsonShape is what is known of a text's content.
type jsonShape uint8

const (
	notJSON  jsonShape = iota
	oneJSON            // a JSON text, or NULL
	manyJSON           // JSON texts separated by commas, or NULL
)

// isJSON reports whether x is known to be JSON text (or NULL), so that a cast to json
// need not read it.
func isJSON(x bind.Expr) bool { return shapeOf(x) == oneJSON }

func shapeOf(x bind.Expr) jsonShape {
	switch x := x.(type) {
	case *bind.Const:
		if x.Val.Tag == value.IsStr && json.Valid([]byte(x.Val.S)) {
			return oneJSON
		}
	case *bind.Cast:
		if k := x.X.Type().Base().Kind; k == value.JSON || k == value.JSONB {
			return oneJSON
		}
		if plainText(x.T) && x.T.Mod == 0 {
			return shapeOf(x.X)
		}
	case *bind.Agg:
		if x.Fn != nil && x.Fn.Name == "string_agg" && len(x.Args) == 2 && isJSON(x.Args[0]) && isText(x.Args[1], ",") {
			return manyJSON
		}
	case *bind.Coalesce:
		for _, a := range x.Args {
			if shapeOf(a) != oneJSON {
				return notJSON
			}
		}
		return oneJSON
	case *bind.Call:
		return concatShape(x)
	case *bind.Col:
		if k := x.T.Base().Kind; k == value.JSON || k == value.JSONB {
			return oneJSON
		}
	}
	return notJSON
}

// concatShape knows '[' || many || ']'.
func concatShape(x *bind.Call) jsonShape {
	if x.Fn.Name != "||" || len(x.Args) != 2 || !isText(x.Args[1], "]") {
		return notJSON
	}
	l, ok := x.Args[0].(*bind.Call)
	if ok && l.Fn.Name == "||" && len(l.Args) == 2 && isText(l.Args[0], "[") {
		switch shapeOf(l.Args[1]) {
		case oneJSON, manyJSON:
			return oneJSON
		}
	}
	return notJSON
}

func isText(x bind.Expr, s string) bool {
	c, ok := x.(*bind.Const)
	return ok && c.Val.Tag == value.IsStr && c.Val.S == s
}
