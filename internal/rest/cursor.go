package rest

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// cursor is a place in an order: the values by which a row is ordered, its key
// included. It is validated, not signed: it says no more than a filter on the columns
// that the request orders by, and is bound like one.
type cursor struct {
	sqlgen.Keyset
	print [8]byte
	vals  []string // "" where null
}

const (
	cursorVersion = 1
	maxPlace      = 4096 // bytes of a place
)

var (
	errCursor = fault.New(fault.Invalid, "PLR041", "The cursor is not valid").
			WithHint("Send a cursor as it came: cursor=after.… or cursor=before.…, or cursor=first for the first page.")
	errCursorOffset = fault.New(fault.Invalid, "PLR041", "A cursor and an offset exclude each other").
			WithHint("Leave offset and the Range header out: the cursor says where the page begins.")
	errCursorRead = fault.New(fault.Invalid, "PLR041", "A cursor is for reads of tables and views").
			WithHint("Name the rows to write by filters.")
	errCursorLong = fault.New(fault.TooLarge, "PLR044", "The rows' places are too long for cursors").
			WithDetail("The values that the rows are ordered by have more than 4096 bytes.").
			WithHint("Order by shorter columns.")
)

// cursor reads the cursor of a request; nil where it has none.
func (rq *request) cursor() (*cursor, error) {
	for i := range rq.params {
		p := &rq.params[i]
		if p.Kind != query.KindCursor {
			continue
		}
		if !rq.reads() || rq.call {
			return nil, errCursorRead
		}
		if rq.win.offset > 0 {
			return nil, errCursorOffset
		}
		return parseCursor(p.Value)
	}
	return nil, nil
}

// parseCursor reads "first", "after.…" or "before.…".
func parseCursor(text string) (*cursor, error) {
	word, token, _ := strings.Cut(text, ".")
	if word == "first" {
		return &cursor{}, nil
	}
	c := &cursor{Keyset: sqlgen.Keyset{Placed: true, Back: word == "before"}}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < 1+len(c.print) || len(raw) > maxPlace || raw[0] != cursorVersion {
		return nil, errCursor
	}
	raw = raw[1+copy(c.print[:], raw[1:]):]
	for len(raw) > 0 {
		n, used := binary.Uvarint(raw)
		if used <= 0 || n > uint64(len(raw)-used)+1 {
			return nil, errCursor
		}
		raw = raw[used:]
		val := ""
		if n > 0 {
			val, raw = string(raw[:n-1]), raw[n-1:]
		}
		if !utf8.ValidString(val) || strings.IndexByte(val, 0) >= 0 {
			return nil, errCursor
		}
		c.Nulls, c.vals = append(c.Nulls, n == 0), append(c.vals, val)
	}
	return c, nil
}

// appendPlace appends the place of the current row.
func appendPlace(dst []byte, cur *db.Rows, o *sqlgen.Order) []byte {
	dst = append(append(dst, cursorVersion), o.Print[:]...)
	var scratch [128]byte
	for _, col := range o.Cols {
		text, ok := cur.AppendText(scratch[:0], col)
		if !ok {
			dst = append(dst, 0)
			continue
		}
		dst = append(binary.AppendUvarint(dst, uint64(len(text))+1), text...)
	}
	return dst
}

// appendToken appends a place as clients send it back.
func appendToken(dst, place []byte) []byte {
	return base64.RawURLEncoding.AppendEncode(dst, place)
}

// appendKey adds what of a cursor decides the SQL to a plan's key.
func (c *cursor) appendKey(dst []byte) []byte {
	if c == nil {
		return append(dst, 'n')
	}
	dst = strconv.AppendBool(strconv.AppendBool(dst, c.Placed), c.Back)
	for _, null := range c.Nulls {
		dst = strconv.AppendBool(dst, null)
	}
	return append(dst, 0)
}

// keyset is the part of the cursor that a plan is made for.
func (c *cursor) keyset() *sqlgen.Keyset {
	if c == nil {
		return nil
	}
	return &c.Keyset
}

// fits refuses a cursor of another order.
func (c *cursor) fits(o *sqlgen.Order) error {
	if c != nil && c.Placed && c.print != o.Print {
		return sqlgen.ErrCursorOrder
	}
	return nil
}

// pages are the ends of a page whose rows have places.
type pages struct {
	first, last []byte
	more        bool // there are rows beyond the limit
	spans       []span
}

// row notes the place of a row that was written; the place is of use until the next.
func (p *pages) row(place []byte) {
	if p.first == nil {
		p.first = append([]byte{}, place...)
	}
	p.last = append(p.last[:0], place...)
}

// reverse turns the rows of out around: a page before a place is read backwards.
func (p *pages) reverse(out []byte) []byte {
	p.first, p.last = p.last, p.first
	n := len(p.spans)
	if n < 2 {
		return out
	}
	turned := make([]byte, 0, len(out))
	turned = append(turned, out[:p.spans[0].start]...)
	sep := out[p.spans[0].end:p.spans[1].start]
	for i := n - 1; i >= 0; i-- {
		turned = append(turned, out[p.spans[i].start:p.spans[i].end]...)
		if i > 0 {
			turned = append(turned, sep...)
		}
	}
	return append(out[:0], turned...)
}

// links are the Link headers to the pages before and after.
func (p *pages) links(r *http.Request, c *cursor) string {
	if p == nil || p.first == nil {
		return ""
	}
	base := "<?"
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if part != "" && !strings.HasPrefix(part, "cursor=") {
			base += part + "&"
		}
	}
	back := c != nil && c.Back
	var out []string
	add := func(rel, word string, place []byte) {
		out = append(out, base+"cursor="+word+"."+string(appendToken(nil, place))+`>; rel="`+rel+`"`)
	}
	if p.more || back {
		add("next", "after", p.last)
	}
	if c != nil && c.Placed && (p.more || !back) {
		add("prev", "before", p.first)
	}
	return strings.Join(out, ", ")
}
