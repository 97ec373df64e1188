package value

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/value/jsonb"
)

// Compare orders two datums of t as Postgres' btree does under the C collation; NULL
// comes last, as it does inside arrays and records.
func Compare(t *Type, a, b Value) int {
	t = t.Base()
	switch {
	case a.Tag == Null || b.Tag == Null:
		return int(boolInt(a.Tag == Null) - boolInt(b.Tag == Null))
	case a.Tag == IsStr && b.Tag == IsStr:
		return compareText(t, a.S, b.S)
	case a.Tag == IsFloat || b.Tag == IsFloat:
		return compareFloat(a.asFloat(), b.asFloat())
	case a.Tag == IsSpan:
		return compareSpan(a, b)
	case a.Tag == IsList:
		return compareList(t, a.L, b.L)
	case t.Kind == Timetz:
		if c := compareInt(a.I-int64(a.D)*usecSecond, b.I-int64(b.D)*usecSecond); c != 0 {
			return c
		}
		return compareInt(int64(b.D), int64(a.D))
	}
	return compareInt(a.I, b.I)
}

// Equal reports whether a = b; two NULLs are equal here.
func Equal(t *Type, a, b Value) bool { return Compare(t, a, b) == 0 }

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (v Value) asFloat() float64 {
	if v.Tag == IsInt {
		return float64(v.I)
	}
	return v.F
}

func compareInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// compareFloat puts NaN above all and equal to itself.
func compareFloat(a, b float64) int {
	an, bn := math.IsNaN(a), math.IsNaN(b)
	switch {
	case an || bn:
		return int(boolInt(an) - boolInt(bn))
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareText(t *Type, a, b string) int {
	switch t.Kind {
	case Numeric:
		return NumCmp(a, b)
	case Bpchar:
		return strings.Compare(strings.TrimRight(a, " "), strings.TrimRight(b, " "))
	case Citext:
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	case Enum:
		return compareInt(int64(labelIndex(t, a)), int64(labelIndex(t, b)))
	case JSONB:
		if a == b {
			return 0
		}
		return sign(jsonb.Compare(jsonb.Read(a), jsonb.Read(b)))
	case Inet, Cidr:
		return compareInet(a, b)
	}
	return strings.Compare(a, b)
}

// spanDays measures an interval with months of 30 days: whole days and the rest.
func spanDays(v Value) (days, us int64) {
	d, us := splitDay(v.I)
	return int64(v.M)*30 + int64(v.D) + d, us
}

func compareSpan(a, b Value) int {
	ad, au := spanDays(a)
	bd, bu := spanDays(b)
	if c := compareInt(ad, bd); c != 0 {
		return c
	}
	return compareInt(au, bu)
}

func compareList(t *Type, a, b []Value) int {
	for i := range min(len(a), len(b)) {
		et := t.Elem
		if t.Kind != Array {
			_, et = fieldOf(t, i)
		}
		if c := Compare(et, a[i], b[i]); c != 0 {
			return c
		}
	}
	return compareInt(int64(len(a)), int64(len(b)))
}

// Key returns a string that is equal for equal datums of t and different for others;
// NULL has one of its own.
func Key(t *Type, v Value) string {
	t = t.Base()
	switch v.Tag {
	case Null:
		return "\x00"
	case IsStr:
		return textKey(t, v.S)
	case IsFloat:
		if v.F == 0 {
			return "0"
		}
		return string(appendFloat(nil, t.Kind, v.F))
	case IsSpan:
		d, us := spanDays(v)
		return strconv.FormatInt(d, 10) + "d" + strconv.FormatInt(us, 10)
	case IsList:
		return listKey(t, v.L)
	}
	if t.Kind == Timetz {
		return strconv.FormatInt(v.I, 10) + "z" + strconv.Itoa(int(v.D))
	}
	return strconv.FormatInt(v.I, 10)
}

func textKey(t *Type, s string) string {
	switch t.Kind {
	case Numeric:
		return NumTrimScale(s)
	case Bpchar:
		return strings.TrimRight(s, " ")
	case Citext:
		return strings.ToLower(s)
	case JSONB:
		return jsonb.Key(s)
	}
	return s
}

func listKey(t *Type, l []Value) string {
	var b []byte
	for i, v := range l {
		et := t.Elem
		if t.Kind != Array {
			_, et = fieldOf(t, i)
		}
		k := Key(et, v)
		b = append(strconv.AppendInt(b, int64(len(k)), 10), ':')
		b = append(b, k...)
	}
	return string(b)
}

// SortValues sorts datums of t in place.
func SortValues(t *Type, l []Value) {
	slices.SortStableFunc(l, func(a, b Value) int { return Compare(t, a, b) })
}
