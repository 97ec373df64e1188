package limit

import (
	"net/http"
	"strconv"
	"time"
)

// Told says in the answer's headers what is left of a bound, as the IETF's draft of
// RateLimit and RateLimit-Policy has it: a list, to which every bound adds its item. name
// is a word of letters and hyphens.
func Told(h http.Header, name string, b Bound, left Left) {
	text := make([]byte, 0, 48)
	text = append(append(append(text, '"'), name...), `";q=`...)
	text = strconv.AppendInt(text, int64(b.burst()), 10)
	text = append(text, ";w="...)
	text = strconv.AppendInt(text, seconds(b.Window*time.Duration(b.burst())/time.Duration(b.N)), 10)
	add(h, "Ratelimit-Policy", string(text))
	text = append(append(append(text[:0], '"'), name...), `";r=`...)
	text = strconv.AppendInt(text, int64(left.N), 10)
	text = append(text, ";t="...)
	text = strconv.AppendInt(text, seconds(max(left.Wait, left.Reset)), 10)
	add(h, "Ratelimit", string(text))
}

func add(h http.Header, name, item string) {
	if old := h[name]; len(old) > 0 {
		item = old[0] + ", " + item
	}
	h[name] = []string{item}
}

// seconds rounds up: who waits so long does not come too early.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// RetryAfter tells a client how long to wait, a second at least.
func RetryAfter(h http.Header, wait time.Duration) {
	h.Set("Retry-After", strconv.FormatInt(max(1, seconds(wait)), 10))
}
