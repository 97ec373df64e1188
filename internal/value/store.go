package value

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/value/jsonb"
)

// StoredBlob reports whether the storage form of t is a BLOB.
func StoredBlob(t *Type) bool { return t.Base().Kind == Bytea }

// Store returns the storage form of v: Null, IsInt, IsFloat or IsStr. SQLite would keep
// a NaN as NULL, so that one is the text NaN.
func Store(t *Type, v Value) Value {
	t = t.Base()
	switch v.Tag {
	case IsInt:
		if t.Kind == Timetz {
			return Str(TextOf(t, v, nil))
		}
	case IsFloat:
		if math.IsNaN(v.F) {
			return Str("NaN")
		}
	case IsSpan:
		return Str(TextOf(t, v, nil))
	case IsList:
		return Str(string(appendStored(nil, t, v)))
	}
	return v
}

// appendStored appends a datum as an element of a stored list.
func appendStored(dst []byte, t *Type, v Value) []byte {
	t = t.Base()
	if v.Tag == IsList {
		dst = append(dst, '[')
		for i, e := range v.L {
			if i > 0 {
				dst = append(dst, ',')
			}
			et := elemOf(t, i)
			if e.Tag == IsList {
				dst = AppendJSONBytes(dst, appendStored(nil, et, e))
				continue
			}
			dst = appendStored(dst, et, e)
		}
		return append(dst, ']')
	}
	switch v = Store(t, v); v.Tag {
	case IsInt:
		return strconv.AppendInt(dst, v.I, 10)
	case IsFloat:
		return appendJSONFloat(dst, t.Kind, v.F)
	case IsStr:
		if t.Kind == Bytea {
			return append(hex.AppendEncode(append(dst, '"'), []byte(v.S)), '"')
		}
		return AppendJSONString(dst, v.S)
	}
	return append(dst, "null"...)
}

// elemOf returns the type of element i of an array or record type.
func elemOf(t *Type, i int) *Type {
	if t.Kind == Array {
		return t.Elem.Base()
	}
	_, ft := fieldOf(t, i)
	return ft.Base()
}

// Load returns the datum of a storage form. It is lenient where SQLite is: an integer
// column may come back from an expression as a real, and the reverse.
func Load(t *Type, raw Value) (Value, error) {
	t = t.Base()
	switch raw.Tag {
	case Null:
		return raw, nil
	case IsStr:
		return loadText(t, raw)
	case IsInt:
		return loadInt(t, raw.I), nil
	case IsFloat:
		return loadFloat(t, raw.F), nil
	}
	return raw, nil
}

func loadText(t *Type, raw Value) (Value, error) {
	switch t.Kind {
	case Bool, Int2, Int4, Int8, OID, Float4, Float8, Date, Timestamp, Timestamptz, Time, Timetz, Interval:
		return Parse(t, raw.S, Env{})
	case Array, Record:
		return loadList(t, raw.S)
	}
	return raw, nil
}

func loadInt(t *Type, i int64) Value {
	switch t.Kind {
	case Float4, Float8:
		return Float(float64(i))
	case Bool, Int2, Int4, Int8, OID, Date, Timestamp, Timestamptz, Time, Unknown:
		return Int(i)
	}
	return Str(strconv.FormatInt(i, 10))
}

func loadFloat(t *Type, f float64) Value {
	switch t.Kind {
	case Float4, Float8, Unknown:
		return Float(f)
	case Bool, Int2, Int4, Int8, OID, Date, Timestamp, Timestamptz, Time:
		return Int(int64(f))
	case Numeric:
		return Str(NumFromFloat(f))
	}
	return Str(string(appendFloat(nil, Float8, f)))
}

func loadList(t *Type, s string) (Value, error) {
	l := []Value{}
	w := listWalk{src: s}
	for w.next() {
		v, err := loadElem(elemOf(t, len(l)), w.elem)
		if err != nil {
			return Value{}, err
		}
		l = append(l, v)
	}
	return List(l), nil
}

func loadElem(t *Type, e string) (Value, error) {
	switch {
	case e == "null":
		return Value{}, nil
	case e[0] == '"':
		e = unquoteJSON(e)
		if t.Kind == Bytea {
			b, err := hex.DecodeString(strings.TrimPrefix(e, `\x`))
			return strOr(string(b), err)
		}
		return Load(t, Str(e))
	case t.Kind == Float4 || t.Kind == Float8:
		return parseFloat(t.Kind, e)
	case e == "true" || e == "false":
		return Load(t, Truth(e == "true"))
	case isInteger(e):
		i, err := strconv.ParseInt(e, 10, 64)
		if err == nil {
			return Load(t, Int(i))
		}
	}
	return Load(t, Str(e))
}

// unquoteJSON returns the content of a JSON string.
func unquoteJSON(q string) string {
	if strings.IndexByte(q, '\\') < 0 {
		return q[1 : len(q)-1]
	}
	return jsonb.Read(q).S
}

// listWalk steps through the elements of a stored list: JSON without white space, whose
// elements are scalars (a list inside a list is a string).
type listWalk struct {
	src  string
	pos  int
	elem string
}

func (w *listWalk) next() bool {
	w.pos++ // the bracket or the comma before
	for w.pos < len(w.src) && w.src[w.pos] == ' ' {
		w.pos++
	}
	from := w.pos
	if from >= len(w.src) || w.src[from] == ']' {
		return false
	}
	i := from
	if w.src[i] == '"' {
		for i++; i < len(w.src) && w.src[i] != '"'; i++ {
			if w.src[i] == '\\' {
				i++
			}
		}
		i++
	}
	for i < len(w.src) && w.src[i] != ',' && w.src[i] != ']' {
		i++
	}
	w.pos = min(i, len(w.src))
	w.elem = w.src[from:w.pos]
	return w.elem != ""
}
