package auth

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// base is the room's address in links. Without a configured one the request's is
// taken, but only where it is a machine's own: a name in Host could be anybody's, and
// the link carries a secret.
func (s *Service) base(r *http.Request) string {
	if s.cfg.ExternalURL != "" {
		return strings.TrimSuffix(s.cfg.ExternalURL, "/")
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err == nil && (ip.IsLoopback() || ip.IsPrivate()) || host == "localhost" {
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		return scheme + "://" + r.Host + "/auth/v1"
	}
	return strings.TrimSuffix(s.cfg.SiteURL, "/") + "/auth/v1"
}

// redirect returns where a link leads: what the request asks for, where that is on
// the list, else the site.
func (s *Service) redirect(r *http.Request) string {
	return s.allowed(r.URL.Query().Get("redirect_to"))
}

func (s *Service) allowed(to string) string { return s.redirects.Allowed(to) }
