package codec

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Args encodes arguments for the types that the server inferred. All are sent as text,
// which the server reads as it reads a literal; bytes for bytea alone go as they are.
func (ts *Types) Args(oids []uint32, args []any) (vals [][]byte, formats []int16, err error) {
	if len(args) < len(oids) {
		return nil, nil, fault.SQL("08P01", "bind message supplies %d parameters, but prepared statement \"\" requires %d",
			len(args), len(oids))
	}
	if len(oids) == 0 {
		return nil, nil, nil
	}
	vals, formats = make([][]byte, len(oids)), make([]int16, len(oids))
	for i, oid := range oids {
		if b, ok := args[i].([]byte); ok && oid == oidBytea {
			vals[i], formats[i] = b, 1
			continue
		}
		if vals[i], err = ts.arg(oid, args[i]); err != nil {
			return nil, nil, err
		}
	}
	return vals, formats, nil
}

const oidBytea = 17

func (ts *Types) arg(oid uint32, arg any) ([]byte, error) {
	switch a := arg.(type) {
	case nil:
		return nil, nil
	case string:
		return []byte(a), nil
	case json.RawMessage:
		return a, nil
	case []byte:
		return a, nil
	case bool:
		return strconv.AppendBool(nil, a), nil
	case int:
		return strconv.AppendInt(nil, int64(a), 10), nil
	case int64:
		return strconv.AppendInt(nil, a, 10), nil
	case float64:
		return value.AppendText(nil, value.TFloat8, value.Float(a), nil), nil
	case time.Time:
		return value.AppendText(nil, value.TTimestamptz, value.Int(a.UnixMicro()), nil), nil
	case []string:
		return ts.strings(oid, a)
	case value.Value:
		return ts.value(oid, a), nil
	}
	return nil, fault.New(fault.Internal, "XX000", "internal error").
		WithCause(fault.Newf(fault.Internal, "XX000", "argument of Go type %T", arg))
}

// strings sends a list as an array, or as JSON where no array is wanted.
func (ts *Types) strings(oid uint32, list []string) ([]byte, error) {
	if list == nil {
		return nil, nil
	}
	t := ts.Type(oid)
	if t != nil && t.Base().Kind != value.Array {
		text, err := json.Marshal(list)
		if err != nil {
			return nil, fault.From(err)
		}
		return text, nil
	}
	out := []byte{'{'}
	for i, s := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)...)
		out = append(out, '"')
	}
	return append(out, '}'), nil
}

// value sends a datum, which is of the parameter's type already.
func (ts *Types) value(oid uint32, v value.Value) []byte {
	if v.IsNull() {
		return nil
	}
	t := ts.Type(oid)
	if t == nil {
		t = value.TText
	}
	if out := value.AppendText([]byte{}, t, v, nil); out != nil {
		return out
	}
	return []byte{}
}
