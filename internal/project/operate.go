package project

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/plinth-dev/plinth/internal/token"
)

// Admin is [plinth.admin]: where an operator looks.
type Admin struct {
	Listen  string `toml:"listen"`  // host:port of a listener of its own with /metrics, /healthz, /readyz and /debug/pprof; "" for none
	Metrics bool   `toml:"metrics"` // /metrics at the API's own address too, for the secret key
	Pprof   bool   `toml:"pprof"`   // /debug/pprof at the API's own address too, for the secret key
}

// Trace is [plinth.trace]: which requests are followed, and who is told.
type Trace struct {
	Endpoint  string       `toml:"endpoint"`   // URL of an OpenTelemetry collector (OTLP over HTTP), such as http://127.0.0.1:4318; "" for none
	Headers   token.Secret `toml:"headers"`    // sent along, as "name=value,name=value"
	Ratio     float64      `toml:"ratio"`      // of the requests, 0 to 1, whose caller says nothing
	PerSecond int          `toml:"per_second"` // requests that are followed because their traceparent asks for it; 0 for none
	Service   string       `toml:"service"`    // name under which spans appear
}

// Log is [plinth.log].
type Log struct {
	SlowStatement Duration `toml:"slow_statement"` // a statement that takes longer is logged with its plan; 0s for none
	RedactEmails  bool     `toml:"redact_emails"`  // takes the names out of mail addresses; tokens, keys and passwords are always taken out
}

func defaultLog() Log {
	return Log{SlowStatement: Duration(500 * time.Millisecond), RedactEmails: true}
}

func defaultTrace() Trace { return Trace{Ratio: 0.01, PerSecond: 10, Service: "plinth"} }

// Validate reports every fault at once.
func (p Plinth) validateOperation() error {
	var errs []error
	if p.Admin.Listen != "" {
		if _, _, err := net.SplitHostPort(p.Admin.Listen); err != nil {
			errs = append(errs, fmt.Errorf("plinth.admin.listen is %q; it must be host:port", p.Admin.Listen))
		}
	}
	if p.Trace.Endpoint != "" {
		if u, err := url.Parse(p.Trace.Endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			errs = append(errs, fmt.Errorf("plinth.trace.endpoint is %q; it must be an http or https URL", p.Trace.Endpoint))
		}
	}
	if p.Trace.Ratio < 0 || p.Trace.Ratio > 1 {
		errs = append(errs, fmt.Errorf("plinth.trace.ratio is %g; it must be from 0 to 1", p.Trace.Ratio))
	}
	if p.Trace.PerSecond < 0 {
		errs = append(errs, fmt.Errorf("plinth.trace.per_second is %d; it must not be negative", p.Trace.PerSecond))
	}
	return errors.Join(errs...)
}
