package sqlite

import (
	"encoding/json"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// toValues gives each argument the type of its place.
func toValues(types []*value.Type, args []any, env value.Env) ([]value.Value, error) {
	if len(args) < len(types) {
		return nil, fault.SQL("08P01", "bind message supplies %d parameters, but prepared statement \"\" requires %d",
			len(args), len(types))
	}
	if len(types) == 0 {
		return nil, nil
	}
	out := make([]value.Value, len(types))
	for i, t := range types {
		v, err := toValue(t, args[i], env)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// toValue turns a Go value into a datum of t.
func toValue(t *value.Type, arg any, env value.Env) (value.Value, error) {
	from, v := value.TUnknown, value.Value{}
	switch a := arg.(type) {
	case nil:
		return v, nil
	case value.Value:
		return a, nil // already of its type
	case string:
		v = value.Str(a)
	case json.RawMessage:
		if a == nil {
			return v, nil
		}
		v = value.Str(string(a))
	case []byte:
		return fromBytes(t, a, env)
	case bool:
		from, v = value.TBool, value.Truth(a)
	case int:
		from, v = value.TInt8, value.Int(int64(a))
	case int64:
		from, v = value.TInt8, value.Int(a)
	case float64:
		from, v = value.TFloat8, value.Float(a)
	case time.Time:
		from, v = value.TTimestamptz, value.Int(a.UnixMicro())
	case []string:
		return fromStrings(t, a, env)
	default:
		return v, fault.New(fault.Internal, "XX000", "internal error").
			WithCause(fault.Newf(fault.Internal, "XX000", "argument of Go type %T", arg))
	}
	if t == nil || t.Kind == value.Unknown {
		t = value.TText
	}
	return value.Cast(from, t, v, value.Assignment, env)
}

func fromBytes(t *value.Type, b []byte, env value.Env) (value.Value, error) {
	if b == nil {
		return value.Value{}, nil
	}
	if t != nil && t.Base().Kind == value.Bytea {
		return value.Str(string(b)), nil
	}
	return toValue(t, string(b), env)
}

func fromStrings(t *value.Type, list []string, env value.Env) (value.Value, error) {
	if list == nil {
		return value.Value{}, nil
	}
	if t == nil || t.Base().Kind != value.Array {
		text, err := json.Marshal(list)
		if err != nil {
			return value.Value{}, fault.From(err)
		}
		return toValue(t, string(text), env)
	}
	out := make([]value.Value, len(list))
	for i, s := range list {
		v, err := toValue(t.Base().Elem, s, env)
		if err != nil {
			return value.Value{}, err
		}
		out[i] = v
	}
	return value.List(out), nil
}
