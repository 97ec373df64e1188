package builtin

import (
	"math"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// aggOrder returns the ordered-set aggregates. Their inputs come in the order of WITHIN
// GROUP, behind the direct arguments.
func aggOrder() []*Agg {
	disc := func(c *Call) AggState { return &percentile{c: c, pick: discrete} }
	cont := func(c *Call) AggState { return &percentile{c: c, pick: continuous} }
	many := value.ArrayOf(tFloat8)
	return []*Agg{
		{Name: "mode", Args: sig(tElem), Ret: tElem, New: func(c *Call) AggState { return &mode{c: c} }},
		{Name: "percentile_disc", Args: sig(tFloat8, tElem), Ret: tElem, KeepNulls: true, New: disc},
		{Name: "percentile_disc", Args: sig(many, tElem), Ret: tArray, KeepNulls: true, New: disc},
		{Name: "percentile_cont", Args: sig(tFloat8, tFloat8), Ret: tFloat8, KeepNulls: true, New: cont},
		{Name: "percentile_cont", Args: sig(many, tFloat8), Ret: many, KeepNulls: true, New: cont},
	}
}

// percentile keeps the values in their order, and picks out of them at the end.
type percentile struct {
	c        *Call
	fraction value.Value
	rows     []value.Value
	pick     func(rows []value.Value, p float64) value.Value
}

func (s *percentile) Step(a []value.Value) error {
	s.fraction = a[0]
	if !a[1].IsNull() {
		s.rows = append(s.rows, a[1])
	}
	return nil
}

func (s *percentile) Final() (value.Value, error) {
	if s.fraction.IsNull() || len(s.rows) == 0 {
		return null, nil
	}
	if s.c.arg(0).Base().Kind != value.Array {
		return s.at(s.fraction)
	}
	out := make([]value.Value, len(s.fraction.L))
	for i, p := range s.fraction.L {
		var err error
		if out[i], err = s.at(p); err != nil {
			return null, err
		}
	}
	return value.List(out), nil
}

func (s *percentile) at(p value.Value) (value.Value, error) {
	if p.IsNull() {
		return null, nil
	}
	if p.F < 0 || p.F > 1 || math.IsNaN(p.F) {
		return null, fault.SQL("22003", "percentile value %s is not between 0 and 1", value.TextOf(tFloat8, p, nil))
	}
	return s.pick(s.rows, p.F), nil
}

// discrete is the first value whose share of the rows reaches p.
func discrete(rows []value.Value, p float64) value.Value {
	i := int(math.Ceil(p * float64(len(rows))))
	return rows[max(i-1, 0)]
}

// continuous lies between two neighbours.
func continuous(rows []value.Value, p float64) value.Value {
	at := p * float64(len(rows)-1)
	lo, hi := rows[int(math.Floor(at))].F, rows[int(math.Ceil(at))].F
	return value.Float(lo + (at-math.Floor(at))*(hi-lo))
}

// mode is the most frequent value, of equals the first.
type mode struct {
	c     *Call
	last  value.Value
	run   int
	best  value.Value
	count int
}

func (s *mode) Step(a []value.Value) error {
	if s.run == 0 || !value.Equal(s.c.arg(0), s.last, a[0]) {
		s.last, s.run = a[0], 0
	}
	s.run++
	if s.run > s.count {
		s.best, s.count = s.last, s.run
	}
	return nil
}

func (s *mode) Final() (value.Value, error) { return s.best, nil }
