package builtin

import (
	"github.com/plinth-dev/plinth/internal/builtin/netaddr"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnNet returns the functions of inet and cidr.
func fnNet() []*Func {
	one, cidr := sig(tInet), value.TCidr
	length := func(_ *Call, a []value.Value) (value.Value, error) {
		return value.Int(int64(netaddr.Parse(a[0].S).Bits())), nil
	}
	set := func(t *value.Type) *Func {
		return &Func{Name: "set_masklen", Args: sig(t, tInt4), Ret: t, Raises: true, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return strOr(netaddr.SetLength(a[0].S, a[1].I, t == cidr))
		}}
	}
	abbrev := func(t *value.Type) *Func {
		return &Func{Name: "abbrev", Args: sig(t), Ret: tText, Eval: textText(func(s string) string { return netaddr.Abbrev(s, t == cidr) })}
	}
	return []*Func{
		{Name: "host", Args: one, Ret: tText, Eval: textText(func(s string) string { return netaddr.Parse(s).Addr().String() })},
		{Name: "masklen", Args: one, Ret: tInt4, Eval: length},
		{Name: "family", Args: one, Ret: tInt4, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			if netaddr.Parse(a[0].S).Addr().Is4() {
				return value.Int(4), nil
			}
			return value.Int(6), nil
		}},
		{Name: "text", Args: one, Ret: tText, Eval: textText(func(s string) string { return netaddr.Parse(s).String() })},
		{Name: "netmask", Args: one, Ret: tInet, Eval: textText(netaddr.Netmask)},
		{Name: "hostmask", Args: one, Ret: tInet, Eval: textText(netaddr.Hostmask)},
		{Name: "broadcast", Args: one, Ret: tInet, Eval: textText(netaddr.Broadcast)},
		{Name: "network", Args: one, Ret: cidr, Eval: textText(netaddr.Network)},
		{Name: "inet_same_family", Args: sig(tInet, tInet), Ret: tBool, Eval: textsBool(func(a, b string) bool {
			return netaddr.Parse(a).Addr().BitLen() == netaddr.Parse(b).Addr().BitLen()
		})},
		{Name: "inet_merge", Args: sig(tInet, tInet), Ret: cidr, Raises: true, Eval: textsTextE(netaddr.Merge)},
		set(tInet), set(cidr), abbrev(tInet), abbrev(cidr),
	}
}

// opNet returns the operators of inet and cidr beside the comparisons.
func opNet() []*Func {
	two := sig(tInet, tInet)
	test := func(name string, f func(a, b string) bool) *Func {
		return &Func{Name: name, Args: two, Ret: tBool, Eval: textsBool(f)}
	}
	bits := func(name, word string, f func(a, b byte) byte) *Func {
		return &Func{Name: name, Args: two, Ret: tInet, Raises: true,
			Eval: textsTextE(func(a, b string) (string, error) { return netaddr.Bits(a, b, word, f) })}
	}
	add := func(at int, sign int64) evalFunc {
		return func(_ *Call, a []value.Value) (value.Value, error) {
			return strOr(netaddr.Add(a[at].S, sign*a[1-at].I))
		}
	}
	return []*Func{
		test("<<", func(a, b string) bool { return netaddr.Contains(b, a, true) }),
		test("<<=", func(a, b string) bool { return netaddr.Contains(b, a, false) }),
		test(">>", func(a, b string) bool { return netaddr.Contains(a, b, true) }),
		test(">>=", func(a, b string) bool { return netaddr.Contains(a, b, false) }),
		test("&&", netaddr.Overlap),
		bits("&", "AND", func(a, b byte) byte { return a & b }), bits("|", "OR", func(a, b byte) byte { return a | b }),
		{Name: "~", Args: sig(tInet), Ret: tInet, Eval: textText(netaddr.Not)},
		{Name: "+", Args: sig(tInet, tInt8), Ret: tInet, Raises: true, Eval: add(0, 1)},
		{Name: "+", Args: sig(tInt8, tInet), Ret: tInet, Raises: true, Eval: add(1, 1)},
		{Name: "-", Args: sig(tInet, tInt8), Ret: tInet, Raises: true, Eval: add(0, -1)},
		{Name: "-", Args: two, Ret: tInt8, Raises: true, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			n, err := netaddr.Distance(a[0].S, a[1].S)
			return value.Int(n), err
		}},
	}
}
