package builtin

import (
	"math"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/internal/builtin/template"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnToChar returns the functions that take templates.
func fnToChar() []*Func {
	out := []*Func{
		{Name: "to_char", Args: sig(tStamp, tText), Ret: tText, Volatility: Stable, Eval: charStamp},
		{Name: "to_char", Args: sig(tStamptz, tText), Ret: tText, Volatility: Stable, Eval: charStamptz},
		{Name: "to_char", Args: sig(tInterval, tText), Ret: tText, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return value.Str(template.Interval(a[0], a[1].S)), nil
		}},
		{Name: "to_date", Args: sig(tText, tText), Ret: tDate, Volatility: Stable, Raises: true, Eval: toDate},
		{Name: "to_timestamp", Args: sig(tText, tText), Ret: tStamptz, Volatility: Stable, Raises: true, Eval: toStamp},
		{Name: "to_number", Args: sig(tText, tText), Ret: tNumeric, Raises: true, Eval: textsTextE(template.ReadNumber)},
	}
	for _, t := range sig(tNumeric, tInt4, tInt8, tFloat4, tFloat8) {
		out = append(out, &Func{Name: "to_char", Args: sig(t, tText), Ret: tText, Raises: true,
			Eval: func(_ *Call, a []value.Value) (value.Value, error) {
				return strOr(template.Number(numberText(t, a[0]), a[1].S))
			}})
	}
	return out
}

// numberText is a number as numeric text.
func numberText(t *value.Type, v value.Value) string {
	switch {
	case v.Tag == value.IsInt:
		return value.NumFromInt(v.I)
	case v.Tag == value.IsStr:
		return v.S
	case t.Kind == value.Float4:
		return value.NumFromFloat4(v.F)
	case math.IsInf(v.F, 0) || math.IsNaN(v.F):
		return "NaN"
	}
	return value.NumFromFloat(v.F)
}

func charStamp(_ *Call, a []value.Value) (value.Value, error) {
	if isInfinite(a[0].I) {
		return null, nil
	}
	return value.Str(template.Stamp(a[0].I, a[1].S, "", 0)), nil
}

func charStamptz(c *Call, a []value.Value) (value.Value, error) {
	if isInfinite(a[0].I) {
		return null, nil
	}
	us := a[0].I
	return value.Str(template.Stamp(value.ToLocal(us, c.zone()), a[1].S, zoneName(c.zone(), us), value.Offset(us, c.zone()))), nil
}

// zoneName is the zone's abbreviation at a moment.
func zoneName(z *time.Location, us int64) string {
	if z == nil {
		return "UTC"
	}
	name, off := time.UnixMicro(us).In(z).Zone()
	if name == "" {
		return strconv.Itoa(off / 3600)
	}
	return name
}

func toDate(_ *Call, a []value.Value) (value.Value, error) {
	r, err := template.Read(a[0].S, a[1].S)
	return value.Int(r.Day), err
}

func toStamp(c *Call, a []value.Value) (value.Value, error) {
	r, err := template.Read(a[0].S, a[1].S)
	if err != nil {
		return null, err
	}
	us := r.Day*usecDay + r.Micros
	if r.Zoned {
		return stampOr(value.CheckStamp(us - int64(r.Offset)*microsPerSec))
	}
	return stampOr(value.CheckStamp(value.FromLocal(us, c.zone())))
}
