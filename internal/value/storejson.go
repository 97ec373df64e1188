package value

import (
	"strconv"
	"strings"
	"time"
)

// AppendStoredJSON appends the JSON of a storage form, as AppendJSON would of the datum
// it stands for. This is the path of every row that a client reads: it builds no datum
// and, escapes inside stored lists aside, does not allocate.
func AppendStoredJSON(dst []byte, t *Type, raw Value, zone *time.Location) []byte {
	t = t.Base()
	switch raw.Tag {
	case IsStr:
		return appendStoredText(dst, t, raw.S, zone)
	case IsInt:
		if t.Kind == Float8 || t.Kind == Float4 {
			return appendFloat(dst, t.Kind, float64(raw.I))
		}
		if t.Kind == Text || t.Kind == Varchar {
			return append(strconv.AppendInt(append(dst, '"'), raw.I, 10), '"')
		}
		return appendJSONInt(dst, t, raw, zone)
	case IsFloat:
		if t.Kind == Float8 || t.Kind == Float4 {
			return appendJSONFloat(dst, t.Kind, raw.F)
		}
		return AppendJSON(dst, t, loadFloat(t, raw.F), zone)
	}
	return append(dst, "null"...)
}

func appendStoredText(dst []byte, t *Type, s string, zone *time.Location) []byte {
	switch t.Kind {
	case Array:
		if storedIsJSON(t.Elem.Base().Kind) {
			return append(dst, s...)
		}
		return appendStoredArray(dst, t, s, zone)
	case Record:
		return appendStoredRecord(dst, t, s, zone)
	case Bool, Int2, Int4, Int8, Date, Timestamp, Timestamptz, Time:
		if v, err := loadText(t, Str(s)); err == nil { // never written so by us
			return AppendJSON(dst, t, v, zone)
		}
	}
	return appendJSONText(dst, t.Kind, s)
}

// storedIsJSON reports whether a stored list of k is the JSON array that clients get.
func storedIsJSON(k Kind) bool {
	switch k {
	case Bool, Numeric, JSON, JSONB, Bytea, OID, Date, Timestamp, Timestamptz, Time, Array, Record:
		return false
	}
	return true
}

func appendStoredArray(dst []byte, t *Type, s string, zone *time.Location) []byte {
	dst = append(dst, '[')
	w := listWalk{src: s}
	for i := 0; w.next(); i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendStoredElem(dst, elemOf(t, i), w.elem, zone)
	}
	return append(dst, ']')
}

func appendStoredRecord(dst []byte, t *Type, s string, zone *time.Location) []byte {
	dst = append(dst, '{')
	w := listWalk{src: s}
	for i := 0; w.next(); i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		name, ft := fieldOf(t, i)
		dst = append(AppendJSONString(dst, name), ':')
		dst = appendStoredElem(dst, ft.Base(), w.elem, zone)
	}
	return append(dst, '}')
}

func appendStoredElem(dst []byte, t *Type, e string, zone *time.Location) []byte {
	if e == "null" || storedIsJSON(t.Kind) {
		return append(dst, e...)
	}
	if e[0] == '"' {
		e = unquoteJSON(e)
		if t.Kind == Bytea {
			return append(append(append(dst, `"\\x`...), strings.TrimPrefix(e, `\x`)...), '"')
		}
		return appendStoredText(dst, t, e, zone)
	}
	i, err := strconv.ParseInt(e, 10, 64)
	if err != nil {
		return append(dst, e...)
	}
	return appendJSONInt(dst, t, Int(i), zone)
}
