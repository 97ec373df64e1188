package builtin

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// aggJSON returns the aggregates that build json and jsonb.
func aggJSON() []*Agg {
	return []*Agg{
		{Name: "json_agg", Args: sig(tElem), Ret: tJSON, KeepNulls: true, New: newJSONAgg(false)},
		{Name: "jsonb_agg", Args: sig(tElem), Ret: tJSONB, KeepNulls: true, New: newJSONAgg(true)},
		{Name: "json_object_agg", Args: sig(tAny, tAny), Ret: tJSON, KeepNulls: true, New: newObjectAgg(false)},
		{Name: "jsonb_object_agg", Args: sig(tAny, tAny), Ret: tJSONB, KeepNulls: true, New: newObjectAgg(true)},
	}
}

// jsonState builds text; what becomes jsonb is read back at the end.
type jsonState struct {
	c      *Call
	b      []byte
	n      int
	object bool
	jsonb  bool
}

func newJSONAgg(jsonb bool) func(*Call) AggState {
	return func(c *Call) AggState { return &jsonState{c: c, b: []byte{'['}, jsonb: jsonb} }
}

func newObjectAgg(jsonb bool) func(*Call) AggState {
	return func(c *Call) AggState { return &jsonState{c: c, b: []byte("{ "), object: true, jsonb: jsonb} }
}

func (s *jsonState) Step(a []value.Value) error {
	if s.n++; s.n > 1 {
		s.b = append(s.b, ", "...)
	}
	if s.object {
		return s.member(a)
	}
	// Rows and arrays stand on lines of their own, as json_agg prints them.
	if k := s.c.arg(0).Base().Kind; s.n > 1 && !a[0].IsNull() && (k == value.Record || k == value.Array) {
		s.b = append(s.b, "\n "...)
	}
	s.b = appendJSON(s.b, s.c, s.c.arg(0), a[0])
	return nil
}

func (s *jsonState) member(a []value.Value) (err error) {
	if a[0].IsNull() {
		if s.jsonb {
			return fault.SQL("22023", "field name must not be null")
		}
		return fault.SQL("22023", "field name must not be null")
	}
	if s.b, err = jsonKey(s.b, s.c, s.c.arg(0), a[0]); err != nil {
		return err
	}
	s.b = appendJSON(append(s.b, " : "...), s.c, s.c.arg(1), a[1])
	return nil
}

func (s *jsonState) Final() (value.Value, error) {
	if s.n == 0 {
		return null, nil
	}
	shut := "]"
	if s.object {
		shut = " }"
	}
	text := string(s.b) + shut
	if s.jsonb {
		return value.Parse(tJSONB, text, value.Env{})
	}
	return value.Str(text), nil
}
