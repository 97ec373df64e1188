package builtin

import (
	"math"

	"github.com/plinth-dev/plinth/internal/builtin/pattern"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

type yieldFunc = func(row []value.Value) bool

func cols(name string, t *value.Type) []value.Field { return []value.Field{{Name: name, Type: t}} }

// setSeries returns generate_series in its forms.
func setSeries() []*SetFunc {
	const n = "generate_series"
	out := []*SetFunc{
		{Name: n, Args: sig(tNumeric, tNumeric, tNumeric), Optional: 1, Cols: cols(n, tNumeric), Raises: true, Rows: seriesNum},
		{Name: n, Args: sig(tStamp, tStamp, tInterval), Cols: cols(n, tStamp), Raises: true, Rows: seriesStamp(false)},
		{Name: n, Args: sig(tStamptz, tStamptz, tInterval), Cols: cols(n, tStamptz), Volatility: Stable, Raises: true, Rows: seriesStamp(true)},
	}
	for _, t := range sig(tInt4, tInt8) {
		out = append(out, &SetFunc{Name: n, Args: sig(t, t, t), Optional: 1, Cols: cols(n, t), Raises: true, Rows: seriesInt(t)})
	}
	return out
}

func errZeroStep() error { return fault.SQL("22023", "step size cannot equal zero") }

func seriesInt(t *value.Type) func(*Call, []value.Value, yieldFunc) error {
	return func(_ *Call, a []value.Value, yield yieldFunc) error {
		i, stop, step := a[0].I, a[1].I, int64(1)
		if len(a) > 2 {
			step = a[2].I
		}
		if step == 0 {
			return errZeroStep()
		}
		for step > 0 && i <= stop || step < 0 && i >= stop {
			if !yield([]value.Value{value.Int(i)}) {
				return nil
			}
			next, err := addInts(t, i, step)
			if err != nil {
				return nil
			}
			i = next
		}
		return nil
	}
}

func seriesNum(_ *Call, a []value.Value, yield yieldFunc) error {
	step := "1"
	if len(a) > 2 {
		step = a[2].S
	}
	for i, what := range []string{"start", "stop", "step size"} {
		s := step
		if i < 2 {
			s = a[i].S
		}
		if value.NumScale(s) < 0 {
			kind := "infinity"
			if s == "NaN" {
				kind = "NaN"
			}
			if what != "step size" {
				what += " value"
			}
			return fault.SQL("22023", "%s cannot be %s", what, kind)
		}
	}
	dir := value.NumSign(step)
	if dir == 0 {
		return errZeroStep()
	}
	for x, err := a[0].S, error(nil); value.NumCmp(x, a[1].S)*dir <= 0; {
		if !yield([]value.Value{value.Str(x)}) {
			return nil
		}
		if x, err = value.NumAdd(x, step); err != nil {
			return err
		}
	}
	return nil
}

func seriesStamp(zoned bool) func(*Call, []value.Value, yieldFunc) error {
	return func(c *Call, a []value.Value, yield yieldFunc) error {
		zone := c.zone()
		if !zoned {
			zone = nil
		}
		step := a[2]
		dir := value.Compare(tInterval, step, value.Span(0, 0, 0))
		if dir == 0 {
			return errZeroStep()
		}
		us, stop := a[0].I, a[1].I
		for dir > 0 && us <= stop || dir < 0 && us >= stop {
			if !yield([]value.Value{value.Int(us)}) {
				return nil
			}
			next, err := value.AddInterval(us, step, zone)
			if err != nil {
				return err
			}
			if next == us {
				return nil
			}
			us = next
		}
		return nil
	}
}

// setArray returns what makes rows of arrays and text.
func setArray() []*SetFunc {
	return []*SetFunc{
		{Name: "unnest", Args: sig(tArray), Cols: cols("unnest", nil), Rows: unnest},
		{Name: "generate_subscripts", Args: sig(tArray, tInt4, tBool), Optional: 1, Cols: cols("generate_subscripts", tInt4), Rows: subscripts},
		{Name: "string_to_table", Args: sig(tText, tText, tText), Optional: 1, NotStrict: true, Cols: cols("string_to_table", tText),
			Rows: func(_ *Call, a []value.Value, yield yieldFunc) error {
				if a[0].IsNull() {
					return nil
				}
				return yieldAll(splitText(a), yield)
			}},
	}
}

func yieldAll(l []value.Value, yield yieldFunc) error {
	for _, v := range l {
		if !yield([]value.Value{v}) {
			break
		}
	}
	return nil
}

func unnest(_ *Call, a []value.Value, yield yieldFunc) error { return yieldAll(a[0].L, yield) }

func subscripts(_ *Call, a []value.Value, yield yieldFunc) error {
	n := len(a[0].L)
	if a[1].I != 1 {
		n = 0
	}
	for i := range n {
		at := i + 1
		if len(a) > 2 && a[2].True() {
			at = n - i
		}
		if !yield([]value.Value{value.Int(int64(at))}) {
			break
		}
	}
	return nil
}

// setRegexp returns the functions that give a row for each match.
func setRegexp(memo *pattern.Memo) []*SetFunc {
	rx := regexps{memo}
	args := sig(tText, tText, tText)
	return []*SetFunc{
		{Name: "regexp_matches", Args: args, Optional: 1, Cols: cols("regexp_matches", tTexts), Raises: true,
			Rows: func(_ *Call, a []value.Value, yield yieldFunc) error {
				re, f, err := rx.flagged(a, 2)
				if err != nil {
					return err
				}
				n := 1
				if f.Global {
					n = math.MaxInt32
				}
				for _, m := range findAll(re, a[0].S, n) {
					if !yield([]value.Value{groups(a[0].S, m)}) {
						break
					}
				}
				return nil
			}},
		{Name: "regexp_split_to_table", Args: args, Optional: 1, Cols: cols("regexp_split_to_table", tText), Raises: true,
			Rows: func(_ *Call, a []value.Value, yield yieldFunc) error {
				parts, err := rx.split("regexp_split_to_table", a)
				if err != nil {
					return err
				}
				return yieldAll(textList(parts).L, yield)
			}},
	}
}
