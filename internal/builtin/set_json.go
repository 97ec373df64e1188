package builtin

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/builtin/rawjson"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// setJSON returns what makes rows of json and jsonb.
func setJSON() []*SetFunc {
	var out []*SetFunc
	for _, j := range []struct {
		prefix string
		t      *value.Type
	}{{"json", tJSON}, {"jsonb", tJSONB}} {
		each := func(name string, t *value.Type, text bool) *SetFunc {
			return &SetFunc{Name: name, Args: sig(j.t), Raises: true, Rows: jsonEach(name, text),
				Cols: []value.Field{{Name: "key", Type: tText}, {Name: "value", Type: t}}}
		}
		elements := func(name string, t *value.Type, text bool) *SetFunc {
			return &SetFunc{Name: name, Args: sig(j.t), Cols: cols("value", t), Raises: true, Rows: jsonElements(name, text)}
		}
		keys := j.prefix + "_object_keys"
		out = append(out,
			elements(j.prefix+"_array_elements", j.t, false), elements(j.prefix+"_array_elements_text", tText, true),
			each(j.prefix+"_each", j.t, false), each(j.prefix+"_each_text", tText, true),
			&SetFunc{Name: keys, Args: sig(j.t), Cols: cols(keys, tText), Raises: true, Rows: jsonKeysOf(keys)})
		for _, many := range []bool{false, true} {
			suffix := ""
			if many {
				suffix = "set"
			}
			populated := sig(tElem, j.t)
			if j.t == tJSON {
				populated = sig(tElem, j.t, tBool) // use_json_as_text has had no effect for long
			}
			to, populate := j.prefix+"_to_record"+suffix, j.prefix+"_populate_record"+suffix
			out = append(out,
				&SetFunc{Name: to, Args: sig(j.t), Raises: true, Volatility: Stable, Rows: jsonRecords(to, 0, many)},
				&SetFunc{Name: populate, Args: populated, Optional: len(populated) - 2, NotStrict: true, Raises: true, Volatility: Stable,
					Rows: jsonRecords(populate, 1, many)})
		}
	}
	return out
}

// part is a value of the document as json, or as text with null as NULL.
func part(raw string, text bool) value.Value {
	if !text {
		return value.Str(raw)
	}
	s, ok := rawjson.Text(raw)
	if !ok {
		return null
	}
	return value.Str(s)
}

// scalarOr names what a document is, where it is not what a function needs.
func scalarOr(s, kind string) string {
	if k := value.JTypeOf(s); k == "object" || k == "array" {
		return kind
	}
	return "a scalar"
}

func jsonElements(name string, text bool) func(*Call, []value.Value, yieldFunc) error {
	return func(_ *Call, a []value.Value, yield yieldFunc) error {
		switch value.JTypeOf(a[0].S) {
		case "array":
		case "object":
			if strings.HasPrefix(name, "jsonb") {
				return fault.SQL("22023", "cannot extract elements from an object")
			}
			return fault.SQL("22023", "cannot call %s on a non-array", name)
		default:
			if strings.HasPrefix(name, "jsonb") {
				return fault.SQL("22023", "cannot extract elements from a scalar")
			}
			return fault.SQL("22023", "cannot call %s on a scalar", name)
		}
		rawjson.Parts(a[0].S, func(_, raw string) bool { return yield([]value.Value{part(raw, text)}) })
		return nil
	}
}

func jsonEach(name string, text bool) func(*Call, []value.Value, yieldFunc) error {
	return func(_ *Call, a []value.Value, yield yieldFunc) error {
		if kind := value.JTypeOf(a[0].S); kind != "object" {
			if strings.HasPrefix(name, "jsonb") {
				return fault.SQL("22023", "cannot call %s on a non-object", name)
			}
			if kind == "array" {
				return fault.SQL("22023", "cannot deconstruct an array as an object")
			}
			return fault.SQL("22023", "cannot deconstruct a scalar")
		}
		rawjson.Parts(a[0].S, func(key, raw string) bool { return yield([]value.Value{value.Str(key), part(raw, text)}) })
		return nil
	}
}

func jsonKeysOf(name string) func(*Call, []value.Value, yieldFunc) error {
	return func(_ *Call, a []value.Value, yield yieldFunc) error {
		if value.JTypeOf(a[0].S) != "object" {
			return fault.SQL("22023", "cannot call %s on %s", name, scalarOr(a[0].S, "an array"))
		}
		rawjson.Parts(a[0].S, func(key, _ string) bool { return yield([]value.Value{value.Str(key)}) })
		return nil
	}
}

// jsonRecords reads objects into the columns of Call.Defs; argument at is the document,
// the one before it a row of defaults.
func jsonRecords(name string, at int, many bool) func(*Call, []value.Value, yieldFunc) error {
	return func(c *Call, a []value.Value, yield yieldFunc) error {
		var base []value.Value
		if at == 1 {
			base = a[0].L
		}
		if a[at].IsNull() {
			if at == 1 && !many {
				yield(padRow(base, len(c.Defs)))
			}
			return nil
		}
		docs := []string{a[at].S}
		if many {
			if value.JTypeOf(a[at].S) != "array" {
				return fault.SQL("22023", "cannot call %s on %s", name, scalarOr(a[at].S, "an object"))
			}
			docs = rawjson.Elements(a[at].S)
		}
		for _, d := range docs {
			row, err := jsonRecord(c, name, d, base)
			if err != nil {
				return err
			}
			if !yield(row) {
				return nil
			}
		}
		return nil
	}
}

func padRow(base []value.Value, n int) []value.Value {
	row := make([]value.Value, n)
	copy(row, base)
	return row
}

func jsonRecord(c *Call, name, doc string, base []value.Value) ([]value.Value, error) {
	if value.JTypeOf(doc) != "object" {
		if strings.HasSuffix(name, "set") {
			return nil, fault.SQL("22023", "argument of %s must be an array of objects", name)
		}
		return nil, fault.SQL("22023", "cannot call %s on %s", name, scalarOr(doc, "an array"))
	}
	row := padRow(base, len(c.Defs))
	var failed error
	for i, f := range c.Defs {
		raw, ok := rawjson.Field(doc, f.Name)
		if !ok {
			continue
		}
		if row[i], failed = FromJSON(c, f.Type, raw); failed != nil {
			return nil, failed
		}
	}
	return row, nil
}

// FromJSON reads JSON text as a datum of t, as json_populate_record does: objects into
// records, arrays into arrays, all else through its text.
func FromJSON(c *Call, t *value.Type, raw string) (value.Value, error) {
	raw = strings.Trim(raw, " \t\n\r")
	kind := value.JTypeOf(raw)
	base := t.Base()
	switch {
	case kind == "null":
		return null, nil
	case base.Kind == value.JSON || base.Kind == value.JSONB:
		return value.Parse(t, raw, c.env())
	case base.Kind == value.Array && kind == "array":
		l := []value.Value{}
		for _, e := range rawjson.Elements(raw) {
			v, err := FromJSON(c, base.Elem, e)
			if err != nil {
				return null, err
			}
			l = append(l, v)
		}
		return value.List(l), nil
	case base.Kind == value.Array && kind != "string":
		return null, fault.SQL("22P02", "expected JSON array")
	case base.Kind == value.Record && kind == "object":
		sub := &Call{Env: c.Env, Defs: base.Fields}
		l, err := jsonRecord(sub, "populate_composite", raw, nil)
		return value.List(l), err
	}
	s, _ := rawjson.Text(raw)
	return value.Parse(t, s, c.env())
}
