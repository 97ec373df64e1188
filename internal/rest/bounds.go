package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/rest/query"
)

// window is the part of the rows that is asked for; limit < 0 means all.
type window struct{ offset, limit int64 }

// bounds combines limit and offset of the query string with the Range header, which
// counts on GET alone, and with the server's own limit.
func bounds(r *http.Request, ps []query.Param, maxRows int) (window, error) {
	win := window{limit: -1}
	for i := range ps {
		if ps[i].Key != "limit" && ps[i].Key != "offset" {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(ps[i].Value), 10, 64)
		if err != nil {
			continue
		}
		switch {
		case ps[i].Key == "limit" && n < 0:
			return win, errRangeLimit
		case ps[i].Key == "limit":
			win.limit = n
		case ps[i].Key == "offset" && n > 0:
			win.offset = n
		}
	}
	if r.Method == http.MethodGet {
		if err := win.header(r.Header.Get("Range")); err != nil {
			return win, err
		}
	}
	if maxRows > 0 && (win.limit < 0 || win.limit > int64(maxRows)) {
		win.limit = int64(maxRows)
	}
	return win, nil
}

// header narrows the window to a Range header's "first-last".
func (w *window) header(text string) error {
	first, last, ok := strings.Cut(text, "-")
	if !ok {
		return nil
	}
	lo, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return nil
	}
	hi := int64(-1)
	if last != "" {
		if hi, err = strconv.ParseInt(last, 10, 64); err != nil {
			return nil
		}
		if hi < lo {
			return errRangeBounds
		}
	}
	end := int64(-1)
	if w.limit >= 0 {
		end = w.offset + w.limit
	}
	if hi >= 0 && (end < 0 || hi+1 < end) {
		end = hi + 1
	}
	w.offset = max(w.offset, lo)
	if end >= 0 {
		if w.limit = end - w.offset; w.limit < 0 {
			return errRangeBounds
		}
	}
	return nil
}

// contentRange is the header of n rows from offset, of total (-1 = not known).
func contentRange(offset, n, total int64) string {
	b := make([]byte, 0, 24)
	if n == 0 {
		b = append(b, '*')
	} else {
		b = strconv.AppendInt(b, offset, 10)
		b = append(b, '-')
		b = strconv.AppendInt(b, offset+n-1, 10)
	}
	b = append(b, '/')
	if total < 0 {
		b = append(b, '*')
	} else {
		b = strconv.AppendInt(b, total, 10)
	}
	return string(b)
}

// ranged sets the status of a read of n rows from offset; an offset behind the last
// row is refused, and the range then tells how many there are.
func (a *answer) ranged() error {
	a.status = http.StatusOK
	switch {
	case a.total < 0:
	case a.offset > a.total:
		a.rng = contentRange(a.offset, 0, a.total)
		return errOffset(a.offset, a.total)
	case a.n < a.total:
		a.status = http.StatusPartialContent
	}
	return nil
}
