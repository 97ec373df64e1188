package codec

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/value"
)

// An array's binary form is: dimensions, flag, OID of the elements, then length and
// lower bound of each dimension, then each element with its length.

// reader goes through the parts of an array or a record.
type reader struct{ src []byte }

func (r *reader) int() int {
	if len(r.src) < 4 {
		r.src = nil
		return 0
	}
	n := int(int32(binary.BigEndian.Uint32(r.src)))
	r.src = r.src[4:]
	return n
}

// part returns the next datum, nil for NULL.
func (r *reader) part() []byte {
	n := r.int()
	if n < 0 || n > len(r.src) {
		return nil
	}
	b := r.src[:n:n]
	r.src = r.src[n:]
	return b
}

func dims(src []byte) int { return (&reader{src}).int() }

// open reads an array's head.
func (c Column) open(src []byte) (r *reader, elem Column, lens []int) {
	r = &reader{src}
	n := r.int()
	r.int() // whether there are NULLs
	elem = c.elem(uint32(r.int()))
	for range n {
		lens = append(lens, r.int())
		r.int() // the lower bound
	}
	return r, elem, lens
}

// elem is the reader of an array's elements, of which only the binary form is sent.
func (c Column) elem(oid uint32) Column {
	e := c.types.Column(oid)
	if t := c.Type.Base().Elem; t != nil {
		e.Type, e.kind = t, t.Base().Kind
	}
	e.binary = true
	return e
}

func (c Column) arrayJSON(dst, src []byte, zone *time.Location) []byte {
	r, elem, lens := c.open(src)
	if len(lens) == 0 {
		return append(dst, "[]"...)
	}
	n := nest{r: r, open: '[', end: ']', leaf: func(dst, b []byte) []byte { return elem.AppendJSON(dst, b, zone) }}
	return n.append(dst, lens)
}

// nestedText prints an array of more than one dimension.
func (c Column) nestedText(dst, src []byte, zone *time.Location) []byte {
	r, elem, lens := c.open(src)
	one := Column{Type: value.ArrayOf(elem.Type), kind: value.Array}
	n := nest{r: r, open: '{', end: '}', leaf: func(dst, b []byte) []byte {
		text := value.TextOf(one.Type, value.List([]value.Value{elem.Value(b)}), zone)
		return append(dst, strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}")...)
	}}
	return n.append(dst, lens)
}

// nest prints the dimensions of an array around its elements.
type nest struct {
	r         *reader
	open, end byte
	leaf      func(dst, b []byte) []byte
}

func (n *nest) append(dst []byte, lens []int) []byte {
	dst = append(dst, n.open)
	for i := range lens[0] {
		if i > 0 {
			dst = append(dst, ',')
		}
		if len(lens) > 1 {
			dst = n.append(dst, lens[1:])
		} else {
			dst = n.leaf(dst, n.r.part())
		}
	}
	return append(dst, n.end)
}

func (c Column) array(src []byte) value.Value {
	r, elem, lens := c.open(src)
	return list(r, elem, lens)
}

func list(r *reader, elem Column, lens []int) value.Value {
	if len(lens) == 0 {
		return value.List([]value.Value{})
	}
	out := make([]value.Value, 0, max(lens[0], 0))
	for range lens[0] {
		if len(lens) > 1 {
			out = append(out, list(r, elem, lens[1:]))
		} else {
			out = append(out, elem.Value(r.part()))
		}
	}
	return value.List(out)
}

// record reads a composite value: the number of fields, then OID, length and datum of
// each.
func (c Column) record(src []byte) value.Value {
	out := []value.Value{}
	c.fields(src, func(i int, f Column, b []byte) {
		v := f.Value(b)
		if i >= len(c.Type.Base().Fields) && b != nil { // of an anonymous record only text is known above
			v = value.Str(string(f.AppendText(nil, b, nil)))
		}
		out = append(out, v)
	})
	return value.List(out)
}

func (c Column) recordJSON(dst, src []byte, zone *time.Location) []byte {
	dst = append(dst, '{')
	names := c.Type.Base().Fields
	c.fields(src, func(i int, f Column, b []byte) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if i < len(names) {
			dst = append(value.AppendJSONString(dst, names[i].Name), ':')
		} else {
			dst = append(strconv.AppendInt(append(dst, `"f`...), int64(i+1), 10), `":`...)
		}
		dst = f.AppendJSON(dst, b, zone)
	})
	return append(dst, '}')
}

func (c Column) fields(src []byte, each func(i int, f Column, b []byte)) {
	r := &reader{src}
	known := c.Type.Base().Fields
	for i := range r.int() {
		f := c.types.Column(uint32(r.int()))
		f.binary = true
		if i < len(known) {
			f.Type, f.kind = known[i].Type, known[i].Type.Base().Kind
		}
		each(i, f, r.part())
	}
}
