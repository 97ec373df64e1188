package trigger

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/plpgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// cast converts by the rules of assignment. Records are converted field by field.
func (fr *frame) cast(v value.Value, from, to *value.Type) (value.Value, error) {
	if to.Kind == value.Domain && fr.a.Env.Domain != nil && (v.IsNull() || !value.Same(from, to)) {
		v, err := fr.cast(v, from, to.Base())
		if err == nil {
			err = fr.a.Env.Domain(to, v)
		}
		return v, err
	}
	if v.IsNull() || from == to || value.Same(from, to) && to.Mod == 0 {
		return v, nil
	}
	if to.Kind == value.Record {
		return fr.castRecord(v, from, to)
	}
	if from.Kind == value.Unknown {
		from = value.TText
	}
	env := fr.a.Env.Value()
	if _, ok := value.CastPath(from, to); !ok || from.Kind == value.Text {
		return value.Parse(to.Base(), value.TextOf(from, v, env.Zone), env) // through text, as PL/pgSQL does
	}
	return value.Cast(from, to, v, value.Assignment, env)
}

func (fr *frame) castRecord(v value.Value, from, to *value.Type) (value.Value, error) {
	if to.Fields == nil || v.Tag != value.IsList {
		return v, nil
	}
	out := make([]value.Value, len(to.Fields))
	for i := range out {
		if i >= len(v.L) || from.Fields == nil || i >= len(from.Fields) {
			break
		}
		var err error
		if out[i], err = fr.cast(v.L[i], from.Fields[i].Type, to.Fields[i].Type); err != nil {
			return v, err
		}
	}
	return value.List(out), nil
}

// store puts a value of type t into a slot.
func (fr *frame) store(n int, v value.Value, t *value.Type) error {
	s := &fr.slots[n]
	if len(v.S)+len(v.L) > 1<<16 && v.Size() > exec.MaxBytes>>2 {
		return fault.SQL("54000", "a variable of function %s holds more than %d MB", fr.f.Name, exec.MaxBytes>>22)
	}
	if s.constant {
		return fault.SQL("22005", "variable \"%s\" is declared CONSTANT", fr.nameOf(n))
	}
	if s.open {
		s.val = v
		if t != nil && t.Kind == value.Record && t.Fields != nil && t != s.t {
			s.t, fr.shapeKnown = t, false
		}
		return nil
	}
	v, err := fr.cast(v, t, s.t)
	if err != nil {
		return err
	}
	if s.notNull && v.IsNull() {
		return fault.SQL("22004", "null value cannot be assigned to variable \"%s\" declared NOT NULL", fr.nameOf(n))
	}
	s.val = v
	return nil
}

// assign carries out target := x.
func (fr *frame) assign(st *plpgsql.Assign) error {
	n, field, err := fr.place(st.To)
	if err != nil {
		return err
	}
	t := fr.slots[n].t
	if field >= 0 {
		t = t.Fields[field].Type
	}
	if len(st.To.Subs) > 0 {
		return fr.assignElement(st, n, field)
	}
	if fr.slots[n].open && field < 0 {
		v, from, err := fr.typed(st.X)
		if err != nil {
			return err
		}
		return fr.store(n, v, from)
	}
	v, err := fr.eval(st.X, t)
	if err != nil {
		return err
	}
	return fr.put(n, field, v, t)
}

// put stores into a slot or one of its fields.
func (fr *frame) put(n, field int, v value.Value, t *value.Type) error {
	if field < 0 {
		return fr.store(n, v, t)
	}
	s := &fr.slots[n]
	ft := s.t.Fields[field].Type
	v, err := fr.cast(v, t, ft)
	if err != nil {
		return err
	}
	l := make([]value.Value, len(s.t.Fields))
	copy(l, s.val.L)
	l[field] = v
	s.val = value.List(l)
	return nil
}

// place finds the slot of a target, and the field of a record, -1 for the whole.
func (fr *frame) place(to plpgsql.Target) (slot, field int, err error) {
	path := to.Path
	if len(path) >= 2 {
		if n, ok := fr.find(path[0] + "." + path[1]); ok {
			return n, -1, nil
		}
	}
	n, ok := fr.find(path[0])
	if !ok {
		return 0, 0, fault.SQL("42601", "\"%s\" is not a known variable", path[0])
	}
	if len(path) == 1 {
		return n, -1, nil
	}
	t := fr.slots[n].t
	for i, f := range t.Fields {
		if f.Name == path[1] {
			return n, i, nil
		}
	}
	if t.Kind == value.Record && t.Fields == nil {
		return 0, 0, fault.SQL("55000", "record \"%s\" is not assigned yet", path[0]).
			WithDetail("The tuple structure of a not-yet-assigned record is indeterminate.")
	}
	return 0, 0, fault.SQL("42703", "record \"%s\" has no field \"%s\"", path[0], path[1])
}

// assignElement is a[i] := x and j['key'] := x.
func (fr *frame) assignElement(st *plpgsql.Assign, n, field int) error {
	t, cur := fr.slots[n].t, fr.slots[n].val
	if field >= 0 {
		t = t.Fields[field].Type
		if len(cur.L) > field {
			cur = cur.L[field]
		} else {
			cur = value.Value{}
		}
	}
	var err error
	switch base := t.Base(); base.Kind {
	case value.Array:
		cur, err = fr.elementPut(st, base, cur)
	case value.JSONB:
		cur, err = fr.memberPut(st, cur)
	default:
		err = fault.SQL("42804", "cannot subscript type %s because it does not support subscripting", t)
	}
	if err != nil {
		return err
	}
	return fr.put(n, field, cur, t)
}

func (fr *frame) elementPut(st *plpgsql.Assign, t *value.Type, cur value.Value) (value.Value, error) {
	if len(st.To.Subs) != 1 {
		return cur, fault.SQL("0A000", "assigning to an element of a multidimensional array is not supported")
	}
	i, err := fr.eval(st.To.Subs[0], value.TInt4)
	if err != nil {
		return cur, err
	}
	x, err := fr.eval(st.X, t.Elem)
	if err != nil {
		return cur, err
	}
	return builtin.ArrayPut(cur, i, x)
}

func (fr *frame) memberPut(st *plpgsql.Assign, cur value.Value) (value.Value, error) {
	path := make([]value.Value, len(st.To.Subs))
	for i, sub := range st.To.Subs {
		var err error
		if path[i], err = fr.eval(sub, value.TText); err != nil {
			return cur, err
		}
	}
	x, err := fr.eval(st.X, value.TJSONB)
	if err != nil {
		return cur, err
	}
	return builtin.JSONPut(cur, value.List(path), x)
}

// rowOf is the type of rows of these columns: had, where it is that already.
func rowOf(had *value.Type, cols []value.Field) *value.Type {
	if len(cols) > 0 && len(had.Fields) == len(cols) && &had.Fields[0] == &cols[0] {
		return had
	}
	return &value.Type{Kind: value.Record, Fields: cols}
}

// into stores a row into targets: one record variable, or a variable for each column.
func (fr *frame) into(targets []plpgsql.Target, cols []value.Field, row []value.Value) error {
	if len(targets) == 1 {
		n, field, err := fr.place(targets[0])
		if err != nil {
			return err
		}
		if field < 0 && fr.slots[n].t.Kind == value.Record {
			rt := rowOf(fr.slots[n].t, cols)
			if row == nil {
				return fr.store(n, value.List(make([]value.Value, len(cols))), rt)
			}
			return fr.store(n, value.List(row), rt)
		}
	}
	for i, to := range targets {
		n, field, err := fr.place(to)
		if err != nil {
			return err
		}
		v, t := value.Value{}, value.TUnknown
		if i < len(row) {
			v, t = row[i], cols[i].Type
		}
		if err := fr.put(n, field, v, t); err != nil {
			return err
		}
	}
	return nil
}
