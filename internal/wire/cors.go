package wire

import "net/http"

// The headers that the official clients send and read.
const (
	corsAllow = "authorization, x-client-info, apikey, content-type, x-retry-count, prefer, range, accept, accept-profile, content-profile, " +
		"x-upsert, x-supabase-api-version, x-region, x-metadata, cache-control, if-none-match, if-match, if-modified-since, if-range, x-http-method-override, idempotency-key, traceparent, tracestate, baggage, " +
		"tus-resumable, upload-length, upload-metadata, upload-offset, upload-defer-length, upload-checksum, upload-concat, x-signature"
	corsExpose = "Content-Range, Content-Location, Location, Preference-Applied, X-Total-Count, Link, X-Supabase-Api-Version, X-Request-Id, ETag, " +
		"Upload-Offset, Upload-Length, Upload-Expires, Upload-Defer-Length, Upload-Concat, Upload-Metadata, Tus-Checksum-Algorithm, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, X-Relay-Error, Proxy-Status, Retry-After, Idempotency-Replayed, Batch-Failed-Item"
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
)

// What every answer says; shared, so never changed.
var allowOrigin, exposeHeaders = []string{"*"}, []string{corsExpose}

// CORS lets web pages of any origin call: the API is protected by tokens, never by
// cookies. Preflights end here.
func CORS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Access-Control-Allow-Origin"], h["Access-Control-Expose-Headers"] = allowOrigin, exposeHeaders
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", corsMethods)
			h.Set("Access-Control-Allow-Headers", corsAllow)
			h.Set("Access-Control-Max-Age", "3600")
			w.WriteHeader(http.StatusOK)
			return
		}
		next.ServeHTTP(w, r)
	})
}
