package rest

import (
	"net/url"
	"slices"
	"strings"
)

// canonical is where an answer is found: the path with the parameters in order of their
// names, so that two spellings of one request have one location.
func canonical(u *url.URL) string {
	path := u.EscapedPath()
	if u.RawQuery == "" {
		return path
	}
	params := slices.AppendSeq(make([]string, 0, 8), strings.SplitSeq(u.RawQuery, "&"))
	slices.SortStableFunc(params, func(a, b string) int {
		a, _, _ = strings.Cut(a, "=")
		b, _, _ = strings.Cut(b, "=")
		return strings.Compare(a, b)
	})
	out := make([]byte, 0, len(path)+len(u.RawQuery)+len(u.RawQuery)/2)
	out = append(out, path...)
	for i, p := range params {
		out = append(out, "?&"[btoi(i > 0)])
		key, val, given := strings.Cut(p, "=")
		out = appendEscaped(out, key)
		if given {
			out = appendEscaped(append(out, '='), val)
		}
	}
	return string(out)
}

// appendEscaped escapes what a component of a query can't hold, but for what is escaped
// already. A plus is a space.
func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.~%", c) >= 0:
			dst = append(dst, c)
		case c == '+':
			dst = append(dst, "%20"...)
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
