package wire

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The headers that the official clients send and read.
const (
	corsAllow = "authorization, x-client-info, apikey, content-type, x-retry-count, prefer, range, accept, accept-profile, content-profile, " +
		"x-upsert, x-supabase-api-version, x-region, x-metadata, cache-control, if-none-match, if-match, if-modified-since, if-range, x-http-method-override, idempotency-key, traceparent, tracestate, baggage, " +
		"tus-resumable, upload-length, upload-metadata, upload-offset, upload-defer-length, upload-checksum, upload-concat, x-signature"
	corsExpose = "Content-Range, Content-Location, Location, Preference-Applied, X-Total-Count, Link, X-Supabase-Api-Version, X-Request-Id, ETag, " +
		"Upload-Offset, Upload-Length, Upload-Expires, Upload-Defer-Length, Upload-Concat, Upload-Metadata, Tus-Checksum-Algorithm, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, X-Relay-Error, Proxy-Status, Retry-After, Traceparent, Idempotency-Replayed, Batch-Failed-Item"
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
)

// Manners are what every answer tells browsers. The zero value lets web pages of any origin
// call: the API is protected by tokens, never by cookies.
type Manners struct {
	// Origins are those of the web pages that may call: "https://app.example.com", or
	// "https://*.example.com" for all below; none for any.
	Origins []string
	Headers []string      // that they may send beside those of the official clients
	MaxAge  time.Duration // how long a browser may remember that; 0 for an hour
	// HTTPS is how long a browser that came over TLS comes over TLS alone; 0 for no word on it.
	HTTPS time.Duration
}

// What every answer says; shared, so never changed.
var (
	anyOrigin     = []string{"*"}
	exposeHeaders = []string{corsExpose}
	noSniff       = []string{"nosniff"}
	varyOrigin    = []string{"Origin"}
)

// Before answers preflights and lets next answer the rest.
func (m Manners) Before(next http.Handler) http.Handler {
	allow := strings.Join(append([]string{corsAllow}, m.Headers...), ", ")
	age := strconv.Itoa(int(m.maxAge() / time.Second))
	every := m.Any()
	sts := []string{"max-age=" + strconv.Itoa(int(m.HTTPS/time.Second))}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = noSniff
		if m.HTTPS > 0 && r.TLS != nil {
			h["Strict-Transport-Security"] = sts
		}
		may := every
		if every {
			h["Access-Control-Allow-Origin"], h["Access-Control-Expose-Headers"] = anyOrigin, exposeHeaders
		} else {
			h["Vary"] = varyOrigin
			if from := r.Header["Origin"]; len(from) == 1 && m.allows(from[0]) {
				may = true
				h["Access-Control-Allow-Origin"], h["Access-Control-Expose-Headers"] = from, exposeHeaders
			}
		}
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			if may {
				h.Set("Access-Control-Allow-Methods", corsMethods)
				h.Set("Access-Control-Allow-Headers", allow)
				h.Set("Access-Control-Max-Age", age)
			}
			w.WriteHeader(http.StatusOK)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (m Manners) maxAge() time.Duration {
	if m.MaxAge == 0 {
		return time.Hour
	}
	return m.MaxAge
}

// Any reports whether pages of any origin may call.
func (m Manners) Any() bool { return len(m.Origins) == 0 || slices.Contains(m.Origins, "*") }

// allows reports whether pages of an origin may call. A name after *. covers any depth
// below it, not itself.
func (m Manners) allows(origin string) bool {
	for _, o := range m.Origins {
		scheme, name, below := strings.Cut(o, "*.")
		if !below {
			if strings.EqualFold(o, origin) {
				return true
			}
			continue
		}
		rest, ok := cutFold(origin, scheme)
		if !ok {
			continue
		}
		if host, ok := cutFoldEnd(rest, "."+name); ok && host != "" && !strings.ContainsAny(host, "/:@?#") {
			return true
		}
	}
	return false
}

func cutFold(s, begin string) (rest string, ok bool) {
	if len(s) < len(begin) || !strings.EqualFold(s[:len(begin)], begin) {
		return "", false
	}
	return s[len(begin):], true
}

func cutFoldEnd(s, end string) (rest string, ok bool) {
	at := len(s) - len(end)
	if at < 0 || !strings.EqualFold(s[at:], end) {
		return "", false
	}
	return s[:at], true
}
