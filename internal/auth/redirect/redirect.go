// Package redirect says where letters' links and providers' answers may lead: to the
// site, and to the addresses on the project's list. It is pure.
package redirect

import (
	"net/url"
	"regexp"
	"strings"
)

// List is the project's list of addresses.
type List struct {
	site  string
	globs []*regexp.Regexp
}

// New compiles the list: * stands for anything but dots and slashes, ** for anything,
// ? for one character that is neither.
func New(site string, list []string) (*List, error) {
	out := &List{site: site}
	for _, g := range list {
		text := regexp.QuoteMeta(g)
		text = strings.ReplaceAll(text, `\*\*`, `.*`)
		text = strings.ReplaceAll(text, `\*`, `[^./]*`)
		text = strings.ReplaceAll(text, `\?`, `[^./]`)
		re, err := regexp.Compile("^" + text + "$")
		if err != nil {
			return nil, err
		}
		out.globs = append(out.globs, re)
	}
	return out, nil
}

// Allowed returns to, where it is on the list, else the site.
func (l *List) Allowed(to string) string {
	if to == "" {
		return l.site
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme == "" || u.User != nil || strings.ContainsAny(to, "\\\r\n\t ") {
		return l.site
	}
	if site, err := url.Parse(l.site); err == nil && site.Host != "" && u.Scheme == site.Scheme && u.Host == site.Host {
		return to
	}
	bare := *u
	bare.Fragment, bare.RawFragment = "", ""
	for _, re := range l.globs {
		if re.MatchString(bare.String()) {
			return to
		}
	}
	return l.site
}

// With adds values to a URL: in its query, or its fragment.
func With(to string, v url.Values, fragment bool) string {
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
