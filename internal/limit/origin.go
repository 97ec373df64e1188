package limit

import (
	"net/http"
	"net/netip"
	"strings"
)

// Origin finds out where a request comes from, behind proxies that are trusted.
type Origin struct {
	Trusted []netip.Prefix // whose word counts
	// Header is what they say it with: "" or "x-forwarded-for", "forwarded" (RFC 7239), or
	// the name of a header with one address, such as "cf-connecting-ip". Another header
	// than this one is never looked at: a proxy would pass it on as the client sent it.
	Header string
}

const maxHops = 32

// Client returns the client's address: what the last trusted proxy on the way saw. The
// list is read from its end, where trusted hands wrote. The zero Addr is a peer without
// an address, such as a Unix socket's.
func (o Origin) Client(r *http.Request) netip.Addr {
	ip := Peer(r.RemoteAddr)
	if !o.trusts(ip) {
		return ip
	}
	switch {
	case o.Header == "" || strings.EqualFold(o.Header, "x-forwarded-for"):
		return o.back(ip, r.Header["X-Forwarded-For"], hopOf)
	case strings.EqualFold(o.Header, "forwarded"):
		return o.back(ip, r.Header["Forwarded"], hopForwarded)
	}
	values := r.Header.Values(o.Header)
	if len(values) == 0 {
		return ip
	}
	if said := hopOf(values[len(values)-1]); said.IsValid() {
		return said
	}
	return ip
}

// Text is the client's address as a text; a peer without one has its own name.
func (o Origin) Text(r *http.Request) string {
	if ip := o.Client(r); ip.IsValid() {
		return ip.String()
	}
	return r.RemoteAddr
}

// back walks from the server's end of the list to the first that is not trusted.
func (o Origin) back(ip netip.Addr, lines []string, read func(string) netip.Addr) netip.Addr {
	hops := 0
	for i := len(lines) - 1; i >= 0; i-- {
		rest := lines[i]
		for more := true; more; {
			var item string
			rest, item, more = lastItem(rest)
			hop := read(item)
			if hops++; !hop.IsValid() || hops > maxHops {
				return ip
			}
			if ip = hop; !o.trusts(ip) {
				return ip
			}
		}
	}
	return ip
}

// lastItem cuts the last item of a list off; commas in quotes part nothing.
func lastItem(list string) (rest, item string, more bool) {
	quoted := false
	for i := len(list) - 1; i >= 0; i-- {
		switch {
		case list[i] == '"':
			quoted = !quoted
		case list[i] == ',' && !quoted:
			return list[:i], list[i+1:], true
		}
	}
	return "", list, false
}

// hopOf reads an address, with or without a port.
func hopOf(s string) netip.Addr {
	s = strings.TrimSpace(s)
	if len(s) > 64 {
		return netip.Addr{}
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		return ip.Unmap().WithZone("")
	}
	if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") {
		if ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]")); err == nil {
			return ip.Unmap().WithZone("")
		}
		return netip.Addr{}
	}
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// hopForwarded reads the "for" of an element of Forwarded. Hidden names ("_x", "unknown")
// are no addresses.
func hopForwarded(item string) netip.Addr {
	for pair := range strings.SplitSeq(item, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if ok && strings.EqualFold(name, "for") {
			return hopOf(strings.Trim(value, `"`))
		}
	}
	return netip.Addr{}
}

// Peer is the address of a connection's other side.
func Peer(remote string) netip.Addr {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return hopOf(remote)
	}
	return at.Addr().Unmap().WithZone("")
}

// Network is what is counted as one client: of IPv6 the /64 alone.
func Network(ip netip.Addr) netip.Addr {
	if !ip.Is6() || ip.Is4In6() {
		return ip.Unmap()
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return p.Addr()
}

func (o Origin) trusts(ip netip.Addr) bool {
	for _, p := range o.Trusted {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
