// Package netaddr has the functions and operators of inet and cidr, over their text as
// package value writes it: an inet hides a full length, a cidr always shows it.
package netaddr

import (
	"math/big"
	"net/netip"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Parse reads the text of an inet or a cidr.
func Parse(s string) netip.Prefix {
	if strings.Contains(s, "/") {
		p, _ := netip.ParsePrefix(s) //nolint:errcheck // the text is canonical
		return p
	}
	a, _ := netip.ParseAddr(s) //nolint:errcheck // the text is canonical
	return netip.PrefixFrom(a, a.BitLen())
}

// Inet writes a prefix as an inet.
func Inet(p netip.Prefix) string {
	if p.Bits() == p.Addr().BitLen() {
		return p.Addr().String()
	}
	return p.String()
}

// Contains reports whether b is a network or host within a: strictly, or a itself too.
func Contains(a, b string, strictly bool) bool {
	x, y := Parse(a), Parse(b)
	if x.Addr().BitLen() != y.Addr().BitLen() || x.Bits() > y.Bits() || strictly && x.Bits() == y.Bits() {
		return false
	}
	return x.Contains(y.Addr())
}

// Overlap reports whether one of both contains the other.
func Overlap(a, b string) bool { return Contains(a, b, false) || Contains(b, a, false) }

// mask returns an address with the first n bits set, or the others.
func mask(like netip.Addr, n int, others bool) netip.Addr {
	raw := like.AsSlice()
	for i := range raw {
		raw[i] = 0
		for bit := range 8 {
			if (i*8+bit < n) != others {
				raw[i] |= 0x80 >> bit
			}
		}
	}
	a, _ := netip.AddrFromSlice(raw)
	return a
}

// Netmask is the mask of the length, Hostmask its complement.
func Netmask(s string) string { p := Parse(s); return mask(p.Addr(), p.Bits(), false).String() }

// Hostmask is the complement of Netmask.
func Hostmask(s string) string { p := Parse(s); return mask(p.Addr(), p.Bits(), true).String() }

// Broadcast is the last address of the network, with its length.
func Broadcast(s string) string {
	p := Parse(s)
	return Inet(netip.PrefixFrom(both(p.Addr(), mask(p.Addr(), p.Bits(), true), func(a, b byte) byte { return a | b }), p.Bits()))
}

// Network is the cidr of the address.
func Network(s string) string { return Parse(s).Masked().String() }

// SetLength is the address with another length; -1 is the full one. A cidr loses the
// bits behind it.
func SetLength(s string, n int64, cidr bool) (string, error) {
	p := Parse(s)
	if n == -1 {
		n = int64(p.Addr().BitLen())
	}
	if n < 0 || n > int64(p.Addr().BitLen()) {
		return "", fault.SQL("22023", "invalid mask length: %d", n)
	}
	p = netip.PrefixFrom(p.Addr(), int(n))
	if cidr {
		return p.Masked().String(), nil
	}
	return Inet(p), nil
}

// Abbrev is the shortest text of an inet, or of a cidr, whose last octets without bits
// are left out.
func Abbrev(s string, cidr bool) string {
	p := Parse(s)
	if !cidr {
		return Inet(p)
	}
	if p.Addr().Is4() {
		octets := strings.Split(p.Addr().String(), ".")
		return strings.Join(octets[:max(1, (p.Bits()+7)/8)], ".") + s[strings.Index(s, "/"):]
	}
	host, length, _ := strings.Cut(s, "/")
	if len(host) > 2 {
		host = strings.TrimSuffix(host, "::")
	}
	return host + "/" + length
}

// Merge is the smallest network that contains both.
func Merge(a, b string) (string, error) {
	x, y := Parse(a), Parse(b)
	if x.Addr().BitLen() != y.Addr().BitLen() {
		return "", fault.SQL("22023", "cannot merge addresses from different families")
	}
	for n := min(x.Bits(), y.Bits()); ; n-- {
		p := netip.PrefixFrom(x.Addr(), n).Masked()
		if p.Contains(y.Addr()) {
			return p.String(), nil
		}
	}
}

func both(a, b netip.Addr, f func(a, b byte) byte) netip.Addr {
	x, y := a.AsSlice(), b.AsSlice()
	for i := range x {
		x[i] = f(x[i], y[i])
	}
	out, _ := netip.AddrFromSlice(x)
	return out
}

// Bits combines two addresses of one family bit by bit.
func Bits(a, b, name string, f func(a, b byte) byte) (string, error) {
	x, y := Parse(a), Parse(b)
	if x.Addr().BitLen() != y.Addr().BitLen() {
		return "", fault.SQL("22023", "cannot %s inet values of different sizes", name)
	}
	return Inet(netip.PrefixFrom(both(x.Addr(), y.Addr(), f), max(x.Bits(), y.Bits()))), nil
}

// Not inverts all bits of the address.
func Not(s string) string {
	p := Parse(s)
	return Inet(netip.PrefixFrom(both(p.Addr(), p.Addr(), func(a, _ byte) byte { return ^a }), p.Bits()))
}

// Add is the address so many places on.
func Add(s string, n int64) (string, error) {
	p := Parse(s)
	sum := new(big.Int).Add(new(big.Int).SetBytes(p.Addr().AsSlice()), big.NewInt(n))
	if sum.Sign() < 0 || sum.BitLen() > p.Addr().BitLen() {
		return "", errRange()
	}
	a, _ := netip.AddrFromSlice(sum.FillBytes(make([]byte, p.Addr().BitLen()/8)))
	return Inet(netip.PrefixFrom(a, p.Bits())), nil
}

// Distance is the number of places from b to a.
func Distance(a, b string) (int64, error) {
	x, y := Parse(a), Parse(b)
	if x.Addr().BitLen() != y.Addr().BitLen() {
		return 0, fault.SQL("22023", "cannot subtract inet values of different sizes")
	}
	d := new(big.Int).Sub(new(big.Int).SetBytes(x.Addr().AsSlice()), new(big.Int).SetBytes(y.Addr().AsSlice()))
	if !d.IsInt64() {
		return 0, errRange()
	}
	return d.Int64(), nil
}

func errRange() *fault.Error { return fault.SQL("22003", "result is out of range") }
