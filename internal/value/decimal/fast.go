package decimal

import "strconv"

// small is a number whose coefficient fits 18 digits: most are, and need no big.Int.
type small struct {
	coef  int64
	scale int
}

var powers = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// toSmall reads canonical text of up to 18 digits; false for longer and special values.
func toSmall(s string) (small, bool) {
	var d small
	neg := s != "" && s[0] == '-'
	if neg {
		s = s[1:]
	}
	if s == "" || len(s) > 19 {
		return d, false
	}
	digits, point := 0, -1
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '.' && point < 0 {
			point = i
			continue
		}
		if c < '0' || c > '9' {
			return d, false
		}
		d.coef = d.coef*10 + int64(c-'0')
		digits++
	}
	if digits > 18 {
		return d, false
	}
	if point >= 0 {
		d.scale = len(s) - point - 1
	}
	if neg {
		d.coef = -d.coef
	}
	return d, true
}

// align brings two to one scale; false where that would overflow.
func align(a, b small) (x, y int64, scale int, ok bool) {
	switch {
	case a.scale < b.scale:
		y, x, scale, ok = align(b, a)
		return x, y, scale, ok
	case a.scale == b.scale:
		return a.coef, b.coef, a.scale, true
	}
	p := powers[a.scale-b.scale]
	limit := int64(4e18) / p
	if b.coef > limit || b.coef < -limit {
		return 0, 0, 0, false
	}
	return a.coef, b.coef * p, a.scale, true
}

// smallSum adds (sign 1) or subtracts (-1) small numbers.
func smallSum(a, b string, sign int64) (string, bool) {
	x, ok1 := toSmall(a)
	y, ok2 := toSmall(b)
	if !ok1 || !ok2 {
		return "", false
	}
	i, j, scale, ok := align(x, y)
	if !ok {
		return "", false
	}
	return laySmall(i+sign*j, scale), true
}

// smallCmp compares small numbers.
func smallCmp(a, b string) (int, bool) {
	x, ok1 := toSmall(a)
	y, ok2 := toSmall(b)
	if !ok1 || !ok2 {
		return 0, false
	}
	i, j, _, ok := align(x, y)
	switch {
	case !ok:
		return 0, false
	case i < j:
		return -1, true
	case i > j:
		return 1, true
	}
	return 0, true
}

// laySmall prints coef / 10^scale.
func laySmall(coef int64, scale int) string {
	var buf [48]byte
	if scale == 0 {
		return strconv.FormatInt(coef, 10)
	}
	b := buf[:0]
	if coef < 0 {
		b = append(b, '-')
		coef = -coef
	}
	var digits [24]byte
	d := strconv.AppendInt(digits[:0], coef, 10)
	for range scale - len(d) + 1 {
		b = append(b, '0')
	}
	b = append(b, d...)
	b = append(b, 0)
	copy(b[len(b)-scale:], b[len(b)-scale-1:len(b)-1])
	b[len(b)-scale-1] = '.'
	return string(b)
}
