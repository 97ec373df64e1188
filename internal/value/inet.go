package value

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// parseInet reads an address with an optional prefix length and returns the canonical
// text: inet hides a full length, cidr always shows it and allows no bits behind it.
func parseInet(k Kind, s string) (string, error) {
	name := udtNames[k]
	p, ok := readPrefix(s, k == Cidr)
	if !ok {
		return "", syntaxError(name, s)
	}
	if k == Cidr {
		if p.Masked() != p {
			return "", fault.SQL("22P02", `invalid cidr value: "%s"`, s).
				WithDetail("Value has bits set to right of mask.")
		}
		return p.String(), nil
	}
	if p.Bits() == p.Addr().BitLen() {
		return p.Addr().String(), nil
	}
	return p.String(), nil
}

func readPrefix(s string, cidr bool) (netip.Prefix, bool) {
	host, length, has := strings.Cut(s, "/")
	if strings.ContainsRune(host, '%') {
		return netip.Prefix{}, false
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		host, n := padAddr(host)
		if a, err = netip.ParseAddr(host); err != nil || !cidr && !has {
			return netip.Prefix{}, false
		}
		if !has {
			return netip.PrefixFrom(a, n), true
		}
	}
	bits := a.BitLen()
	if has {
		if bits, err = strconv.Atoi(length); err != nil || !allDigits(length) || bits > a.BitLen() {
			return netip.Prefix{}, false
		}
	}
	return netip.PrefixFrom(a, bits), true
}

// padAddr completes an abbreviated IPv4 network (10.1) and returns its implied length:
// the octets given, or more where the address class says so.
func padAddr(host string) (string, int) {
	n := strings.Count(host, ".") + 1
	if n > 3 || strings.ContainsRune(host, ':') {
		return host, 32
	}
	bits := 8
	switch first, _ := strconv.Atoi(host[:run(host, isDigit)]); {
	case first >= 240:
		bits = 32
	case first >= 192:
		bits = 24
	case first >= 128:
		bits = 16
	}
	return host + strings.Repeat(".0", 4-n), max(bits, n*8)
}

func compareInet(a, b string) int {
	x, okX := readPrefix(a, true)
	y, okY := readPrefix(b, true)
	if !okX || !okY {
		return strings.Compare(a, b)
	}
	if c := x.Addr().BitLen() - y.Addr().BitLen(); c != 0 {
		return sign(c)
	}
	n := min(x.Bits(), y.Bits())
	nx, _ := x.Addr().Prefix(n)
	ny, _ := y.Addr().Prefix(n)
	if c := nx.Addr().Compare(ny.Addr()); c != 0 {
		return c
	}
	if c := x.Bits() - y.Bits(); c != 0 {
		return sign(c)
	}
	return x.Addr().Compare(y.Addr())
}
