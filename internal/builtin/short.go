package builtin

import (
	"math"
	"time"

	"github.com/plinth-dev/plinth/internal/value"
)

// Short names of the types, for the tables' sake. They are never assigned again.
var (
	tBool        = value.TBool
	tInt2        = value.TInt2
	tInt4        = value.TInt4
	tInt8        = value.TInt8
	tFloat4      = value.TFloat4
	tFloat8      = value.TFloat8
	tNumeric     = value.TNumeric
	tText        = value.TText
	tName        = value.TName
	tBpchar      = value.TBpchar
	tCitext      = value.TCitext
	tBytea       = value.TBytea
	tUUID        = value.TUUID
	tStamptz     = value.TTimestamptz
	tStamp       = value.TTimestamp
	tDate        = value.TDate
	tTime        = value.TTime
	tTimetz      = value.TTimetz
	tInterval    = value.TInterval
	tJSON        = value.TJSON
	tJSONB       = value.TJSONB
	tVoid        = value.TVoid
	tAny         = value.TAny
	tElem        = value.TAnyElement
	tArray       = value.TAnyArray
	tTexts       = value.ArrayOf(value.TText)
	tInts        = value.ArrayOf(value.TInt4)
	tOID         = value.TOID
	tRecord      = value.TRecord
	tEnum        = value.TAnyEnum
	tInet        = value.TInet
	tRegclass    = value.TRegclass
	null         = value.Value{}
	microsPerSec = int64(1_000_000)
)

const (
	usecDay  = int64(86_400_000_000)
	usecHour = int64(3_600_000_000)
)

// sig is an argument list.
func sig(t ...*value.Type) []*value.Type { return t }

// evalFunc is the shape of Func.Eval.
type evalFunc = func(c *Call, a []value.Value) (value.Value, error)

// zone is the session's time zone, nil for UTC.
func (c *Call) zone() *time.Location {
	if c == nil || c.Env == nil {
		return nil
	}
	return c.Env.Zone
}

func (c *Call) env() value.Env {
	if c == nil {
		return value.Env{}
	}
	return c.Env.Value()
}

// arg is the type of argument i.
func (c *Call) arg(i int) *value.Type {
	if i < len(c.Args) {
		return c.Args[i]
	}
	return value.TText
}

// elem is the element type of the array argument i.
func (c *Call) elem(i int) *value.Type {
	if t := c.arg(i).Base(); t.Kind == value.Array {
		return t.Elem
	}
	return value.TText
}

// out is v as Postgres prints it.
func out(c *Call, t *value.Type, v value.Value) string {
	return string(value.AppendText(nil, t, v, c.zone()))
}

func strOr(s string, err error) (value.Value, error) {
	if err != nil {
		return null, err
	}
	return value.Str(s), nil
}

// strIf is the text, or NULL.
func strIf(s string, ok bool) (value.Value, error) {
	if !ok {
		return null, nil
	}
	return value.Str(s), nil
}

// The adapters below turn plain Go functions into evalFuncs.

func textText(f func(string) string) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) { return value.Str(f(a[0].S)), nil }
}

func textInt(f func(string) int) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) { return value.Int(int64(f(a[0].S))), nil }
}

func textsText(f func(a, b string) string) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) { return value.Str(f(a[0].S, a[1].S)), nil }
}

func textsTextE(f func(a, b string) (string, error)) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) { return strOr(f(a[0].S, a[1].S)) }
}

func textsBool(f func(a, b string) bool) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) { return value.Truth(f(a[0].S, a[1].S)), nil }
}

func floatFloat(f func(float64) float64) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) { return value.Float(f(a[0].F)), nil }
}

// constant ignores its arguments.
func constant(v value.Value) evalFunc {
	return func(*Call, []value.Value) (value.Value, error) { return v, nil }
}

// texts are the elements of a text array; ok is false for a NULL element.
func texts(l []value.Value) (s []string, ok bool) {
	s, ok = make([]string, len(l)), true
	for i, v := range l {
		s[i] = v.S
		ok = ok && v.Tag != value.Null
	}
	return s, ok
}

// textList is a text array.
func textList(s []string) value.Value {
	l := make([]value.Value, len(s))
	for i := range s {
		l[i] = value.Str(s[i])
	}
	return value.List(l)
}

// isInfinite reports whether a date or timestamp is infinity or -infinity.
func isInfinite(i int64) bool { return i == value.PosInf || i == value.NegInf }

func isWhole(f float64) bool { return f == math.Trunc(f) }
