package bind

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// partly is the whole value of column idx of the table that is written to, after x
// was put into a part of it. from is what an earlier assignment made of the column.
func (s *scope) partly(from Expr, idx int, parts []pgsql.Part, x Expr) (Expr, error) {
	if from == nil {
		for _, r := range s.ns.rels {
			if r.rel.Table != nil && r.name != "excluded" {
				from = s.b.col(r.rel, idx, nil)
				break
			}
		}
	}
	return s.put(from, parts, x)
}

// put is whole with x put into a part of it.
func (s *scope) put(whole Expr, parts []pgsql.Part, x Expr) (Expr, error) {
	b, t := s.b, whole.Type()
	if len(parts) == 0 {
		return b.assign(x, t, "")
	}
	p := parts[0]
	switch base := t.Base(); {
	case base.Kind == value.JSONB && p.Sub != nil:
		return s.putJSON(whole, parts, x)
	case base.Kind == value.Array && p.Sub != nil:
		i, err := s.expr(p.Sub)
		if err != nil {
			return nil, err
		}
		if i, err = b.subscript(i, p.Sub); err != nil {
			return nil, err
		}
		elem, err := s.put(&Index{X: whole, I: i, T: base.Elem}, parts[1:], x)
		if err != nil {
			return nil, err
		}
		return &Call{Fn: builtin.Funcs("plinth", "array_put")[0], Args: []Expr{whole, i, elem}, T: t}, nil
	case base.Kind == value.Record && p.Sub == nil:
		return s.putField(whole, parts, x)
	}
	if p.Sub == nil {
		return nil, fault.SQL("42804", "cannot assign to field \"%s\" of a column because its type %s is not a composite type", p.Field, typeName(t))
	}
	return nil, b.at(fault.SQL("42804", "cannot subscript type %s because it does not support subscripting", typeName(t)), p.Sub)
}

func (s *scope) putField(whole Expr, parts []pgsql.Part, x Expr) (Expr, error) {
	t := whole.Type()
	row := &RowExpr{T: t.Base()}
	found := false
	for i, f := range t.Base().Fields {
		var e Expr = &Field{X: whole, Idx: i, T: f.Type}
		if f.Name == parts[0].Field {
			var err error
			if e, err = s.put(e, parts[1:], x); err != nil {
				return nil, err
			}
			found = true
		}
		row.Elems = append(row.Elems, e)
	}
	if !found {
		return nil, fault.SQL("42703", "cannot assign to field \"%s\" of a column because there is no such column in data type %s",
			parts[0].Field, typeName(t))
	}
	return row, nil
}

func (s *scope) putJSON(whole Expr, parts []pgsql.Part, x Expr) (Expr, error) {
	b := s.b
	path := &Array{T: value.ArrayOf(value.TText)}
	for _, p := range parts {
		if p.Sub == nil {
			return nil, fault.SQL("42804", "jsonb is subscripted, it has no field \"%s\"", p.Field)
		}
		e, err := s.expr(p.Sub)
		if err != nil {
			return nil, err
		}
		if e, err = b.coerce(e, value.TText, value.Assignment); err != nil {
			return nil, err
		}
		path.Elems = append(path.Elems, e)
	}
	x, err := b.assign(x, value.TJSONB, "")
	if err != nil {
		return nil, err
	}
	return &Call{Fn: builtin.Funcs("plinth", "json_put")[0], Args: []Expr{whole, path, x}, T: whole.Type()}, nil
}
