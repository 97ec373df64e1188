package value

// Tag says which fields of a Value hold it.
type Tag uint8

const (
	Null    Tag = iota
	IsInt       // I: bool 0/1, int2/4/8, oid; timestamptz, timestamp: microseconds since 1970-01-01 UTC; date: days since 1970-01-01; time: microseconds
	IsFloat     // F: float4, float8
	IsStr       // S: text kinds, uuid (lower case), numeric (Postgres' text form), json (as given), jsonb (canonical text), enum label, bytea (raw bytes), inet
	IsList      // L: array elements (one dimension) or record fields
	IsSpan      // interval: M months, D days, I microseconds
)

// Infinity of date/time values: I holds these.
const (
	PosInf = int64(1<<63 - 1)
	NegInf = int64(-1 << 63)
)

// Value is one SQL datum. It does not know its type: expressions are typed
// statically, so whoever holds a Value holds its *Type too. The zero Value is NULL.
type Value struct {
	Tag  Tag
	M, D int32
	I    int64
	F    float64
	S    string
	L    []Value
}

// Constructors.
func Int(i int64) Value     { return Value{Tag: IsInt, I: i} }
func Float(f float64) Value { return Value{Tag: IsFloat, F: f} }
func Str(s string) Value    { return Value{Tag: IsStr, S: s} }
func List(l []Value) Value  { return Value{Tag: IsList, L: l} }
func Span(months, days int32, micros int64) Value {
	return Value{Tag: IsSpan, M: months, D: days, I: micros}
}

// Truth returns the boolean b.
func Truth(b bool) Value {
	if b {
		return Value{Tag: IsInt, I: 1}
	}
	return Value{Tag: IsInt}
}

// IsNull reports whether v is SQL NULL.
func (v Value) IsNull() bool { return v.Tag == Null }

// True reports whether v is the boolean true (NULL is not).
func (v Value) True() bool { return v.Tag == IsInt && v.I != 0 }
