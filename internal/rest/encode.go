package rest

import (
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// encoder writes rows into one growing body.
type encoder struct {
	plan  *sqlgen.Plan
	media media
	out   []byte
	max   int
	n     int64 // rows seen
	wrote int64 // rows written
	win   window
	pages *pages // nil where the rows have no cursors
	place []byte // of the row at hand
	// scratch is for text that is looked at and thrown away.
	scratch []byte
}

// rows encodes all rows of cur and closes it.
func (e *encoder) rows(cur *db.Rows) (err error) {
	defer func() {
		if cerr := cur.Close(); err == nil {
			err = cerr
		}
	}()
	for cur.Next() {
		e.n++
		if e.plan.Mode == sqlgen.Nothing {
			continue
		}
		if e.plan.Window && (e.n <= e.win.offset || e.win.limit >= 0 && e.n > e.win.offset+e.win.limit) {
			continue
		}
		if e.pages != nil {
			if e.win.limit >= 0 && e.n > e.win.limit {
				e.n, e.pages.more = e.n-1, true
				continue
			}
			if e.place = appendPlace(e.place[:0], cur, e.plan.Order); len(e.place) > maxPlace {
				return errCursorLong
			}
			e.pages.row(e.place)
		}
		e.row(cur)
		if e.plan.Counted {
			e.n = cur.Value(1).I
			e.wrote = e.n
		}
		if len(e.out) > e.max {
			return errAnswerSize
		}
	}
	return cur.Err()
}

// row encodes one row, separated from the one before.
func (e *encoder) row(cur *db.Rows) {
	e.separate()
	start := len(e.out)
	switch e.media.format {
	case asCSV:
		e.out = csvRow(e.out, cur, e.plan.Out, e.place)
	case asText, asBytes, asXML, asCustom:
		e.out = rawText(e.out, cur, e.media.format)
	default:
		if m := e.plan.Mode; m == sqlgen.Scalar || m == sqlgen.List {
			e.out = cur.AppendJSON(e.out, 0)
		} else {
			e.out = e.object(e.out, cur, e.plan.Out)
		}
	}
	if e.pages != nil && e.plan.Order.Back {
		e.pages.spans = append(e.pages.spans, span{start, len(e.out)})
	}
}

// separate writes what stands before a row.
func (e *encoder) separate() {
	first := e.wrote == 0
	e.wrote++
	switch e.media.format {
	case asCSV:
		if first {
			e.out = csvHeader(e.out, e.plan.Out)
		}
		e.out = append(e.out, '\n')
	case asText, asBytes, asXML, asCustom:
	default:
		if !first {
			e.out = append(e.out, ',')
		}
	}
}

// object encodes a row, or the part of it that is an embed.
func (e *encoder) object(dst []byte, cur *db.Rows, outs []sqlgen.Out) []byte {
	dst = append(dst, '{')
	for i := range outs {
		o := &outs[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, o.Key...)
		switch {
		case o.Cursor:
			dst = append(appendToken(append(dst, '"'), e.place), '"')
		case !o.Object:
			dst = cur.AppendJSON(dst, o.Col)
		case e.absent(cur, o.Present):
			dst = append(dst, "null"...)
		default:
			dst = e.object(dst, cur, o.Kids)
		}
	}
	return append(dst, '}')
}

// absent reports whether a column is NULL.
func (e *encoder) absent(cur *db.Rows, col int) bool {
	text, ok := cur.AppendText(e.scratch[:0], col)
	if cap(text) > cap(e.scratch) {
		e.scratch = text // so that rows share it
	}
	return !ok
}

// open starts the body.
func (e *encoder) open() {
	if e.array() {
		e.out = append(e.out, '[')
	}
}

// close ends the body.
func (e *encoder) close() {
	if e.pages != nil && e.plan.Order.Back {
		e.out = e.pages.reverse(e.out)
	}
	if e.array() {
		e.out = append(e.out, ']')
	}
	if e.wrote == 0 && !e.array() && e.media.format <= asObject {
		e.out = append(e.out, "null"...)
	}
	if e.media.strip {
		e.out = stripNulls(e.out)
	}
}

// array reports whether the body is a JSON array.
func (e *encoder) array() bool {
	return e.media.format == asJSON && (e.plan.Mode == sqlgen.Rows || e.plan.Mode == sqlgen.List)
}

// stripNulls removes the null members of all objects, in place.
func stripNulls(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		if b[i] != '"' {
			out = append(out, b[i])
			i++
			continue
		}
		end := skipString(b, i)
		next, null := nullMember(b, end)
		switch {
		case !null:
			out = append(out, b[i:end]...)
			i = end
		case next < len(b) && b[next] == ',':
			i = next + 1
		default:
			out = dropComma(out)
			i = next
		}
	}
	return out
}

// dropComma removes a comma, and the space after it, from the end.
func dropComma(b []byte) []byte {
	n := len(b)
	for n > 0 && (b[n-1] == ' ' || b[n-1] == '\n' || b[n-1] == '\t' || b[n-1] == '\r') {
		n--
	}
	if n > 0 && b[n-1] == ',' {
		return b[:n-1]
	}
	return b
}

// nullMember reports whether what ends at i is the name of a member that is null, and
// where the member ends.
func nullMember(b []byte, i int) (int, bool) {
	i = skipSpace(b, i)
	if i >= len(b) || b[i] != ':' {
		return i, false
	}
	i = skipSpace(b, i+1)
	if len(b)-i >= 4 && string(b[i:i+4]) == "null" {
		return skipSpace(b, i+4), true
	}
	return i, false
}
