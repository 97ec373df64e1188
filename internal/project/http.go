package project

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// HTTP is [plinth.http]: bounds of requests and answers.
type HTTP struct {
	MaxHeader   Bytes    `toml:"max_header"`   // of a request's line and headers
	MaxBody     Bytes    `toml:"max_body"`     // of a request to the data API; files have storage.file_size_limit, sign-in 1 MiB
	MaxAnswer   Bytes    `toml:"max_answer"`   // of an answer of the data API
	HeaderTime  Duration `toml:"header_time"`  // for a request's headers, and for the handshake of TLS
	RequestTime Duration `toml:"request_time"` // for the work of a request to the data API or sign-in
	IdleTime    Duration `toml:"idle_time"`    // that a connection may wait for its next request
	WriteTime   Duration `toml:"write_time"`   // that a client may take nothing of its answer, before it is given up; of HTTP/1.1 on Linux alone
	Streams     int      `toml:"streams"`      // requests at once on one connection of HTTP/2
	// PagePolicy is the Content-Security-Policy of the web page of plinth.public; "" for none.
	PagePolicy string `toml:"page_policy"`
	// StrictTransport is how long browsers that came over HTTPS stay with it
	// (Strict-Transport-Security); 0s for no word on it. Not said with a certificate that dev made.
	StrictTransport Duration `toml:"strict_transport"`
}

// CORS is [plinth.cors]: which web pages may call.
type CORS struct {
	// Origins of the pages: "https://app.example.com", "https://*.example.com" for all below it,
	// "*" for any. Tokens protect the API, so any is safe; a list keeps others' pages from using it.
	Origins []string `toml:"origins"`
	Headers []string `toml:"headers"` // that they may send beside those of the official clients
	MaxAge  Duration `toml:"max_age"` // that a browser may remember it
}

func defaultCORS() CORS { return CORS{Origins: []string{"*"}, MaxAge: Duration(time.Hour)} }

func defaultHTTP() HTTP {
	return HTTP{
		MaxHeader: 64 << 10, MaxBody: 10 << 20, MaxAnswer: 256 << 20, HeaderTime: Duration(10 * time.Second), RequestTime: Duration(15 * time.Second),
		IdleTime: Duration(2 * time.Minute), WriteTime: Duration(time.Minute), Streams: 100, PagePolicy: "frame-ancestors 'self'", StrictTransport: Duration(30 * 24 * time.Hour),
	}
}

// Validate reports every fault at once.
func (h HTTP) Validate() error {
	var errs []error
	positive := func(name string, n int64) {
		if n <= 0 {
			errs = append(errs, fmt.Errorf("plinth.http.%s must be positive", name))
		}
	}
	positive("max_header", int64(h.MaxHeader))
	positive("max_body", int64(h.MaxBody))
	positive("max_answer", int64(h.MaxAnswer))
	positive("header_time", int64(h.HeaderTime))
	positive("request_time", int64(h.RequestTime))
	positive("idle_time", int64(h.IdleTime))
	positive("write_time", int64(h.WriteTime))
	positive("streams", int64(h.Streams))
	if h.StrictTransport < 0 {
		errs = append(errs, errors.New("plinth.http.strict_transport must not be negative"))
	}
	if strings.ContainsAny(h.PagePolicy, "\r\n") {
		errs = append(errs, errors.New("plinth.http.page_policy must be one line"))
	}
	return errors.Join(errs...)
}

// Validate reports every fault at once.
func (c CORS) Validate() error {
	var errs []error
	for _, o := range c.Origins {
		u, err := url.Parse(strings.Replace(o, "*.", "", 1))
		if o != "*" && (err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Host, "*")) {
			errs = append(errs, fmt.Errorf("plinth.cors.origins: %q is no origin; write it as https://app.example.com, without a slash at its end", o))
		}
	}
	for _, h := range c.Headers {
		if h == "" || strings.ContainsAny(h, " ,\r\n:") {
			errs = append(errs, fmt.Errorf("plinth.cors.headers: %q is no header", h))
		}
	}
	if c.MaxAge < 0 {
		errs = append(errs, errors.New("plinth.cors.max_age must not be negative"))
	}
	return errors.Join(errs...)
}
