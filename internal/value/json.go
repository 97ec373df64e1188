package value

import (
	"strconv"
	"time"
)

const hexDigits = "0123456789abcdef"

// AppendJSON appends v as to_json gives it, NULL as null.
func AppendJSON(dst []byte, t *Type, v Value, zone *time.Location) []byte {
	t = t.Base()
	switch v.Tag {
	case Null:
		return append(dst, "null"...)
	case IsFloat:
		return appendJSONFloat(dst, t.Kind, v.F)
	case IsSpan:
		return append(appendInterval(append(dst, '"'), v), '"')
	case IsList:
		if t.Kind == Array {
			return appendJSONArray(dst, t.Elem, v.L, zone)
		}
		return appendJSONRecord(dst, t, v.L, zone)
	case IsStr:
		return appendJSONText(dst, t.Kind, v.S)
	}
	return appendJSONInt(dst, t, v, zone)
}

func appendJSONFloat(dst []byte, k Kind, f float64) []byte {
	if f-f != 0 { // NaN and the infinities are no JSON numbers
		return append(appendFloat(append(dst, '"'), k, f), '"')
	}
	return appendFloat(dst, k, f)
}

func appendJSONText(dst []byte, k Kind, s string) []byte {
	switch k {
	case Numeric:
		return appendJSONNumber(dst, s)
	case JSON, JSONB:
		return append(dst, s...)
	case Bytea:
		dst = append(dst, `"\\x`...)
		for i := 0; i < len(s); i++ {
			dst = append(dst, hexDigits[s[i]>>4], hexDigits[s[i]&15])
		}
		return append(dst, '"')
	}
	return AppendJSONString(dst, s)
}

// appendJSONNumber appends numeric text: bare unless it is NaN or infinite.
func appendJSONNumber(dst []byte, s string) []byte {
	if s != "" && (s[len(s)-1] < '0' || s[len(s)-1] > '9') {
		return append(append(append(dst, '"'), s...), '"')
	}
	return append(dst, s...)
}

func appendJSONInt(dst []byte, t *Type, v Value, zone *time.Location) []byte {
	switch t.Kind {
	case Bool:
		if v.I != 0 {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case Timestamptz:
		return append(appendTimestamptz(append(dst, '"'), v.I, zone, 'T'), '"')
	case Timestamp:
		return append(appendTimestamp(append(dst, '"'), v.I, 'T'), '"')
	case Date, Time, Timetz, OID:
		return append(appendIntText(append(dst, '"'), t, v, zone), '"')
	}
	return strconv.AppendInt(dst, v.I, 10)
}

func appendJSONArray(dst []byte, elem *Type, l []Value, zone *time.Location) []byte {
	dst = append(dst, '[')
	for i := range l {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSON(dst, elem, l[i], zone)
	}
	return append(dst, ']')
}

func appendJSONRecord(dst []byte, t *Type, l []Value, zone *time.Location) []byte {
	dst = append(dst, '{')
	for i := range l {
		if i > 0 {
			dst = append(dst, ',')
		}
		name, ft := fieldOf(t, i)
		dst = append(AppendJSONString(dst, name), ':')
		dst = AppendJSON(dst, ft, l[i], zone)
	}
	return append(dst, '}')
}

// fieldOf returns name and type of a record's field; an anonymous one is f1, f2, …
func fieldOf(t *Type, i int) (string, *Type) {
	if i >= len(t.Fields) {
		return "f" + strconv.Itoa(i+1), TText
	}
	f := t.Fields[i]
	if f.Name == "" {
		f.Name = "f" + strconv.Itoa(i+1)
	}
	return f.Name, f.Type
}
