package value

import (
	"encoding/hex"
	"strconv"
	"time"
)

// TextOf returns v as Postgres' output function prints it; zone (nil: UTC) is for
// timestamptz. NULL is the empty string: callers ask first.
func TextOf(t *Type, v Value, zone *time.Location) string {
	if v.Tag == IsStr && t.Base().Kind != Bytea {
		return v.S
	}
	return string(AppendText(nil, t, v, zone))
}

// AppendText appends the text of v to dst.
func AppendText(dst []byte, t *Type, v Value, zone *time.Location) []byte {
	t = t.Base()
	switch v.Tag {
	case Null:
		return dst
	case IsFloat:
		return appendFloat(dst, t.Kind, v.F)
	case IsSpan:
		return appendInterval(dst, v)
	case IsList:
		if t.Kind == Array {
			return appendArray(dst, t.Elem, v.L, zone)
		}
		return appendRecord(dst, t, v.L, zone)
	case IsStr:
		if t.Kind == Bytea {
			return hex.AppendEncode(append(dst, `\x`...), []byte(v.S))
		}
		return append(dst, v.S...)
	}
	return appendIntText(dst, t, v, zone)
}

// appendIntText prints the kinds whose datum is an integer.
func appendIntText(dst []byte, t *Type, v Value, zone *time.Location) []byte {
	switch t.Kind {
	case Bool:
		if v.I != 0 {
			return append(dst, 't')
		}
		return append(dst, 'f')
	case Timestamptz:
		return appendTimestamptz(dst, v.I, zone, ' ')
	case Timestamp:
		return appendTimestamp(dst, v.I, ' ')
	case Date:
		return appendDate(dst, v.I)
	case Time:
		return appendTime(dst, v.I)
	case Timetz:
		return appendOffset(appendTime(dst, v.I), int(v.D), false)
	}
	return strconv.AppendInt(dst, v.I, 10)
}
