package codec

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/internal/value"
)

// Column reads one column of a result.
type Column struct {
	Type   *value.Type
	kind   value.Kind // of the base type
	binary bool
	types  *Types
}

// Column returns the reader of a column of that OID.
func (ts *Types) Column(oid uint32) Column {
	e, ok := ts.byOID[oid]
	if !ok {
		e.t = value.TText
	}
	return Column{Type: e.t, kind: e.t.Base().Kind, binary: e.binary, types: ts}
}

// Row reads a row of a table in the binary form of record_send.
func (ts *Types) Row(t *value.Type, src []byte) value.Value {
	return Column{Type: t, kind: value.Record, binary: true, types: ts}.Value(src)
}

// Format returns the protocol's code of the form that the column is read in.
func (c Column) Format() int16 {
	if c.binary {
		return 1
	}
	return 0
}

// AppendJSON appends a datum as to_json gives it; nil is NULL.
func (c Column) AppendJSON(dst, src []byte, zone *time.Location) []byte {
	switch {
	case src == nil:
		return append(dst, "null"...)
	case !c.binary:
		return c.textJSON(dst, src, zone)
	}
	switch c.kind {
	case value.Text, value.Varchar, value.Bpchar, value.Name, value.Citext, value.Enum:
		return value.AppendJSONBytes(dst, src)
	case value.JSON:
		return append(dst, src...)
	case value.JSONB:
		return append(dst, src[1:]...)
	case value.UUID:
		return append(appendUUID(append(dst, '"'), src), '"')
	case value.Numeric:
		at := len(dst)
		dst = appendNumeric(dst, src)
		if last := dst[len(dst)-1]; last < '0' || last > '9' { // NaN and the infinities
			text := string(dst[at:])
			return append(append(append(dst[:at], '"'), text...), '"')
		}
		return dst
	case value.Array:
		return c.arrayJSON(dst, src, zone)
	case value.Record:
		return c.recordJSON(dst, src, zone)
	}
	return value.AppendJSON(dst, c.Type, c.Value(src), zone)
}

// textJSON appends a datum in text form.
func (c Column) textJSON(dst, src []byte, zone *time.Location) []byte {
	if c.kind == value.Array || c.kind == value.Record {
		return value.AppendJSON(dst, c.Type, c.Value(src), zone)
	}
	return value.AppendJSONBytes(dst, src)
}

// AppendText appends a datum as its output function prints it.
func (c Column) AppendText(dst, src []byte, zone *time.Location) []byte {
	if !c.binary {
		return append(dst, src...)
	}
	switch c.kind {
	case value.Text, value.Varchar, value.Bpchar, value.Name, value.Citext, value.Enum, value.JSON:
		return append(dst, src...)
	case value.JSONB:
		return append(dst, src[1:]...)
	case value.UUID:
		return appendUUID(dst, src)
	case value.Numeric:
		return appendNumeric(dst, src)
	case value.Array:
		if dims(src) > 1 {
			return c.nestedText(dst, src, zone)
		}
	}
	return value.AppendText(dst, c.Type, c.Value(src), zone)
}

// Value returns the datum; it does not share src.
func (c Column) Value(src []byte) value.Value {
	if src == nil {
		return value.Value{}
	}
	if !c.binary {
		v, err := value.Parse(c.Type, string(src), value.Env{})
		if err != nil {
			return value.Str(string(src))
		}
		return v
	}
	switch c.kind {
	case value.Array:
		return c.array(src)
	case value.Record:
		return c.record(src)
	}
	return scalar(c.kind, src)
}

const (
	epochDays   = 10957 // from 1970-01-01 to 2000-01-01
	epochMicros = epochDays * 86_400_000_000
)

// scalar reads the binary form of a type that has no parts.
func scalar(k value.Kind, src []byte) value.Value {
	switch k {
	case value.Bool:
		return value.Truth(src[0] != 0)
	case value.Int2:
		return value.Int(int64(int16(binary.BigEndian.Uint16(src))))
	case value.Int4:
		return value.Int(int64(int32(binary.BigEndian.Uint32(src))))
	case value.Int8, value.Time:
		return value.Int(int64(binary.BigEndian.Uint64(src)))
	case value.OID:
		return value.Int(int64(binary.BigEndian.Uint32(src)))
	case value.Float4:
		return value.Float(float64(float32frombytes(src)))
	case value.Float8:
		return value.Float(float64frombytes(src))
	case value.Timestamptz, value.Timestamp:
		return stamp(int64(binary.BigEndian.Uint64(src)))
	case value.Date:
		return date(int32(binary.BigEndian.Uint32(src)))
	case value.Interval:
		return value.Span(int32(binary.BigEndian.Uint32(src[12:])), int32(binary.BigEndian.Uint32(src[8:])), int64(binary.BigEndian.Uint64(src)))
	case value.Numeric:
		return value.Str(string(appendNumeric(nil, src)))
	case value.UUID:
		return value.Str(string(appendUUID(nil, src)))
	case value.JSONB:
		return value.Str(string(src[1:]))
	}
	return value.Str(string(src)) // text kinds, json, bytea
}

func stamp(us int64) value.Value {
	if us == value.PosInf || us == value.NegInf {
		return value.Int(us)
	}
	return value.Int(us + epochMicros)
}

func date(days int32) value.Value {
	switch days {
	case 1<<31 - 1:
		return value.Int(value.PosInf)
	case -1 << 31:
		return value.Int(value.NegInf)
	}
	return value.Int(int64(days) + epochDays)
}

func float32frombytes(b []byte) float32 {
	u := binary.BigEndian.Uint32(b)
	return math.Float32frombits(u)
}

func float64frombytes(b []byte) float64 {
	u := binary.BigEndian.Uint64(b)
	return math.Float64frombits(u)
}

func appendUUID(dst, src []byte) []byte {
	dst = append(hex.AppendEncode(dst, src[:4]), '-')
	dst = append(hex.AppendEncode(dst, src[4:6]), '-')
	dst = append(hex.AppendEncode(dst, src[6:8]), '-')
	dst = append(hex.AppendEncode(dst, src[8:10]), '-')
	return hex.AppendEncode(dst, src[10:16])
}

// appendNumeric prints numeric's binary form: digits of base 10,000.
func appendNumeric(dst, src []byte) []byte {
	n := int(binary.BigEndian.Uint16(src))
	weight := int(int16(binary.BigEndian.Uint16(src[2:])))
	sign := binary.BigEndian.Uint16(src[4:])
	scale := int(binary.BigEndian.Uint16(src[6:]))
	switch sign {
	case 0xC000:
		return append(dst, "NaN"...)
	case 0xD000:
		return append(dst, "Infinity"...)
	case 0xF000:
		return append(dst, "-Infinity"...)
	case 0x4000:
		dst = append(dst, '-')
	}
	digit := func(i int) uint64 {
		if i < 0 || i >= n {
			return 0
		}
		return uint64(binary.BigEndian.Uint16(src[8+2*i:]))
	}
	if weight < 0 {
		dst = append(dst, '0')
	} else {
		dst = strconv.AppendUint(dst, digit(0), 10)
		for i := 1; i <= weight; i++ {
			dst = append4(dst, digit(i))
		}
	}
	if scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	end := len(dst) + scale
	for i := weight + 1; len(dst) < end; i++ {
		dst = append4(dst, digit(i))
	}
	return dst[:end]
}

func append4(dst []byte, d uint64) []byte {
	return append(dst, byte('0'+d/1000), byte('0'+d/100%10), byte('0'+d/10%10), byte('0'+d%10))
}
