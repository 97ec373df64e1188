package value

import (
	"math"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value/jsonb"
)

// Cast converts v between types and applies to's modifier. ctx matters where Postgres
// makes it matter: an explicit cast cuts what is too long, an assignment refuses it.
// Whether the cast may happen in ctx at all is CastPath's answer, not asked here.
//
// budget: the two types, the value and how belong to one conversion; callers hold them apart
func Cast(from, to *Type, v Value, ctx CastContext, env Env) (Value, error) {
	if to.Kind == Domain && env.Domain != nil {
		bare := env
		bare.Domain = nil
		v, err := Cast(from, to.Base(), v, ctx, bare)
		if err == nil {
			err = env.Domain(to, v)
		}
		return v, err
	}
	from, to = from.Base(), to.Base()
	if v.Tag == Null {
		return v, nil
	}
	if !Same(from, to) {
		if _, ok := CastPath(from, to); !ok {
			return Value{}, fault.SQL("42846", "cannot cast type %s to %s", from.bare(), to.bare())
		}
		var err error
		if v, err = convert(from, to, v, castArgs{ctx, env}); err != nil || v.Tag == Null {
			return v, err
		}
	}
	return fit(to, v, ctx)
}

// castArgs is what a conversion may depend on besides its types.
type castArgs struct {
	ctx CastContext
	env Env
}

func convert(from, to *Type, v Value, a castArgs) (Value, error) {
	switch {
	case from.Kind == Unknown || IsString(from) && !IsString(to) && to.Kind != Unknown:
		if from.Kind == Unknown && v.Tag != IsStr {
			return v, nil
		}
		return Parse(unmodified(to), v.S, a.env)
	case IsString(to) || to.Kind == Unknown:
		return strOr(castText(from, to, v, a.env), nil)
	case from.Kind == Array && to.Kind == Array:
		return convertList(v, a, func(int) (*Type, *Type) { return from.Elem, to.Elem })
	case from.Kind == Record && to.Kind == Record:
		if len(to.Fields) == 0 {
			return v, nil
		}
		return convertList(v, a, func(i int) (*Type, *Type) {
			_, f := fieldOf(from, i)
			_, t := fieldOf(to, i)
			return f, t
		})
	}
	return convertScalar(from, to, v, a)
}

func convertScalar(from, to *Type, v Value, a castArgs) (Value, error) {
	switch from.Kind {
	case Int2, Int4, Int8, OID, Bool:
		if to.Kind == Regclass && a.env.Relation != nil {
			if name, ok := a.env.Relation(v.I); ok {
				return Str(name), nil
			}
		}
		return castInt(from, to, v)
	case Float4, Float8:
		return castFloat(from, to, v)
	case Numeric:
		return castNumeric(to, v)
	case JSONB:
		return castJSONB(to, v)
	case JSON:
		return strOr(jsonb.Canonical(v.S))
	case Date, Time, Timetz, Timestamp, Timestamptz, Interval:
		return castDatetime(from, to, v, a.env)
	case Inet:
		return strOr(inetToCIDR(v.S), nil)
	case Cidr:
		return strOr(parseInet(Inet, v.S))
	case Regclass:
		if a.env.RelationID != nil {
			if id, ok := a.env.RelationID(v.S); ok {
				return Int(id), nil
			}
		}
		return Parse(to, v.S, a.env)
	}
	return v, nil
}

func convertList(v Value, a castArgs, types func(i int) (from, to *Type)) (Value, error) {
	out := make([]Value, len(v.L))
	for i, e := range v.L {
		f, t := types(i)
		var err error
		if out[i], err = Cast(f, t, e, a.ctx, a.env); err != nil {
			return Value{}, err
		}
	}
	return List(out), nil
}

// unmodified returns t without its modifier, which fit applies after the conversion.
func unmodified(t *Type) *Type {
	if t.Kind == Array && t.Elem.Base().Mod != 0 {
		return ArrayOf(t.Elem.Base().bare())
	}
	return t.bare()
}

// castText is the text that a cast to a string type gives; it differs from the output
// function for boolean, char(n) and whole addresses.
func castText(from, to *Type, v Value, env Env) string {
	s := TextOf(from, v, env.Zone)
	switch from.Kind {
	case Bool:
		s = strconv.FormatBool(v.I != 0)
	case Bpchar:
		s = strings.TrimRight(s, " ")
	case Inet:
		if p, ok := readPrefix(s, false); ok {
			s = p.String()
		}
	}
	if to.Kind == Name {
		s = clipName(s)
	}
	return s
}

func inetToCIDR(s string) string {
	if p, ok := readPrefix(s, true); ok {
		return p.Masked().String()
	}
	return s
}

func castInt(from, to *Type, v Value) (Value, error) {
	switch to.Kind {
	case Float4:
		return Float(float64(float32(v.I))), nil
	case Float8:
		return Float(float64(v.I)), nil
	case Numeric, Regclass:
		return Str(strconv.FormatInt(v.I, 10)), nil
	case Bool:
		return Truth(v.I != 0), nil
	case OID:
		if from.Kind != Int8 {
			return Int(int64(uint32(int32(v.I)))), nil
		}
		if v.I < 0 || v.I > math.MaxUint32 {
			return Value{}, fault.SQL("22003", "OID out of range")
		}
	case Int4:
		if from.Kind == OID {
			return Int(int64(int32(uint32(v.I)))), nil
		}
	}
	return CheckInt(to, v.I)
}

func castFloat(from, to *Type, v Value) (Value, error) {
	switch to.Kind {
	case Float4, Float8:
		return CheckFloat(to, v.F)
	case Numeric:
		if from.Kind == Float4 {
			return Str(NumFromFloat4(v.F)), nil
		}
		return Str(NumFromFloat(v.F)), nil
	}
	i, err := FloatToInt(to, v.F)
	if err != nil {
		return Value{}, err
	}
	return Int(i), nil
}

func castNumeric(to *Type, v Value) (Value, error) {
	if to.Kind == Float4 || to.Kind == Float8 {
		return parseFloat(to.Kind, v.S)
	}
	i, err := NumToInt(to, v.S)
	if err != nil {
		return Value{}, err
	}
	return Int(i), nil
}

func castJSONB(to *Type, v Value) (Value, error) {
	if to.Kind == JSON {
		return v, nil
	}
	kind := JTypeOf(v.S)
	want := "number"
	if to.Kind == Bool {
		want = "boolean"
	}
	if kind != want {
		if kind == "number" {
			kind = "numeric"
		}
		return Value{}, fault.SQL("22023", "cannot cast jsonb %s to type %s", kind, to.bare())
	}
	switch to.Kind {
	case Bool:
		return Truth(v.S == "true"), nil
	case Numeric:
		return v, nil
	}
	return castNumeric(to, v)
}

// fit applies the modifier of t to a datum of its kind.
func fit(t *Type, v Value, ctx CastContext) (Value, error) {
	if t.Kind == Array && t.Elem.Base().Mod != 0 {
		out := make([]Value, len(v.L))
		for i, e := range v.L {
			var err error
			if e.Tag != Null {
				if e, err = fit(t.Elem.Base(), e, ctx); err != nil {
					return Value{}, err
				}
			}
			out[i] = e
		}
		return List(out), nil
	}
	if t.Mod == 0 {
		return v, nil
	}
	switch t.Kind {
	case Varchar, Bpchar:
		return strOr(fitLength(t, v.S, ctx == Explicit))
	case Numeric:
		return strOr(fitNumeric(t, v.S))
	case Timestamp, Timestamptz, Time, Timetz, Interval:
		return fitPrecision(t, v), nil
	}
	return v, nil
}
