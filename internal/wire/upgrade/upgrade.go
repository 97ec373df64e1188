// Package upgrade answers whoever comes by plain HTTP to a server that speaks HTTPS: he is
// sent to the same place there. Who shows a key is refused: where he was sent on, nobody
// would notice that the key travels in the clear.
package upgrade

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

var errInsecure = fault.New(fault.Forbidden, "https_required", "this server takes keys and tokens over HTTPS alone").
	WithHint("Change the URL to https://, and the key: it has travelled in the clear.")

// Config says where HTTPS is.
type Config struct {
	Port     string // of HTTPS
	External string // the URL that clients know, "" or of HTTP: the name that they asked for
	Keyed    func(*http.Request) bool
}

// Handler answers plain HTTP.
func Handler(cfg Config) http.Handler {
	refuse := wire.Mount([]wire.Route{{Pattern: "/", Open: true, Handler: func(http.ResponseWriter, *http.Request) error { return errInsecure }}}, wire.Problem{})
	external, err := url.Parse(cfg.External)
	if err != nil || external.Scheme != "https" {
		external = nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cfg.Keyed(r) {
			w.Header().Set("Connection", "close")
			refuse.ServeHTTP(w, r)
			return
		}
		to := url.URL{Scheme: "https", Host: onPort(r.Host, cfg.Port), Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		if external != nil {
			to.Host = external.Host
		}
		w.Header().Set("Location", to.String())
		w.WriteHeader(http.StatusPermanentRedirect)
	})
}

// onPort is a Host of another port.
func onPort(host, port string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if port != "443" {
		return net.JoinHostPort(host, port)
	}
	return strings.TrimSuffix(net.JoinHostPort(host, ""), ":")
}
