package auth

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
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

func (s *Service) allowed(to string) string {
	if to == "" {
		return s.cfg.SiteURL
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme == "" || u.User != nil || strings.ContainsAny(to, "\\\r\n\t ") {
		return s.cfg.SiteURL
	}
	if site, err := url.Parse(s.cfg.SiteURL); err == nil && site.Host != "" && u.Scheme == site.Scheme && u.Host == site.Host {
		return to
	}
	bare := *u
	bare.Fragment, bare.RawFragment = "", ""
	for _, re := range s.redirects {
		if re.MatchString(bare.String()) {
			return to
		}
	}
	return s.cfg.SiteURL
}

// globs compiles the allow-list: * stands for anything but dots and slashes, ** for
// anything, ? for one character that is neither.
func globs(list []string) ([]*regexp.Regexp, error) {
	var out []*regexp.Regexp
	for _, g := range list {
		text := regexp.QuoteMeta(g)
		text = strings.ReplaceAll(text, `\*\*`, `.*`)
		text = strings.ReplaceAll(text, `\*`, `[^./]*`)
		text = strings.ReplaceAll(text, `\?`, `[^./]`)
		re, err := regexp.Compile("^" + text + "$")
		if err != nil {
			return nil, err
		}
		out = append(out, re)
	}
	return out, nil
}

// withParts adds values to a URL: in its query, or its fragment.
func withParts(to string, v url.Values, fragment bool) string {
	u, err := url.Parse(to)
	if err != nil {
		return to // the list let it pass, or it is the site's
	}
	if fragment {
		u.Fragment, u.RawFragment = "", ""
		return u.String() + "#" + v.Encode()
	}
	q := u.Query()
	for k := range v {
		q.Set(k, v.Get(k))
	}
	u.RawQuery = q.Encode()
	return u.String()
}
