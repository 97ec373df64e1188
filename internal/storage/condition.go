package storage

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
)

// verdict is what a request's conditions ask for.
type verdict uint8

const (
	send verdict = iota
	notModified
	preconditionFailed
)

// judge weighs the conditions of a read in the order of RFC 9110, section 13.2.2.
func judge(h http.Header, etag string, modified time.Time) verdict {
	modified = modified.Truncate(time.Second)
	if v := h.Get("If-Match"); v != "" {
		if !matches(v, etag, false) {
			return preconditionFailed
		}
	} else if t, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil && modified.After(t) {
		return preconditionFailed
	}
	if v := h.Get("If-None-Match"); v != "" {
		if matches(v, etag, true) {
			return notModified
		}
	} else if t, err := http.ParseTime(h.Get("If-Modified-Since")); err == nil && !modified.After(t) {
		return notModified
	}
	return send
}

// matches reports whether a list of entity tags has etag.
func matches(list, etag string, weak bool) bool {
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		if weak {
			one = strings.TrimPrefix(one, "W/")
		}
		if one == "*" || etag != "" && one == etag {
			return true
		}
	}
	return false
}

// wanted returns the part of size bytes that the request asks for, and whether it is
// a part. Several ranges, and other units, count as none: the whole is a right answer.
// The range is void when If-Range names another version.
func wanted(h http.Header, size int64, etag string, modified time.Time) (blob.Range, bool, error) {
	text := h.Get("Range")
	if text == "" || !stillValid(h.Get("If-Range"), etag, modified) {
		return blob.Whole, false, nil
	}
	return parseRange(text, size)
}

func stillValid(condition, etag string, modified time.Time) bool {
	if condition == "" {
		return true
	}
	if t, err := http.ParseTime(condition); err == nil {
		return modified.Truncate(time.Second).Equal(t)
	}
	return condition == etag
}

// parseRange reads bytes=a-b, a- or -n. ok is false where the header says nothing
// that this server understands; errRange where no byte of it exists.
func parseRange(text string, size int64) (rng blob.Range, ok bool, err error) {
	spec, found := strings.CutPrefix(text, "bytes=")
	from, to, dash := strings.Cut(strings.TrimSpace(spec), "-")
	if !found || !dash || strings.Contains(spec, ",") {
		return blob.Whole, false, nil
	}
	first, err1 := position(from)
	last, err2 := position(to)
	switch {
	case err1 != nil || err2 != nil, from == "" && to == "":
		return blob.Whole, false, nil
	case from == "": // the last bytes
		if last == 0 || size == 0 {
			return blob.Whole, false, errRange
		}
		n := min(last, size)
		return blob.Range{Offset: size - n, Length: n}, true, nil
	case to != "" && last < first:
		return blob.Whole, false, nil
	case first >= size:
		return blob.Whole, false, errRange
	}
	if to == "" || last >= size {
		last = size - 1
	}
	return blob.Range{Offset: first, Length: last - first + 1}, true, nil
}

// position reads a number of digits alone; "" is 0.
func position(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	return int64(n), err
}
