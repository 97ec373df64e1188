package vp8

// block is 4 × 4 numbers, row by row.
type block [16]int32

// The inverse transforms are those of section 14.3 and 14.4, exactly: the decoder must
// arrive at the same pixels.

const (
	sin8 = 35468 // √2·sin(π/8) in 16 bits
	cos8 = 20091 // √2·cos(π/8) - 1
)

func butterfly(a, b, c, d int32) (w, x, y, z int32) {
	s, t := a+c, a-c
	u := b*sin8>>16 - (d + d*cos8>>16)
	v := b + b*cos8>>16 + d*sin8>>16
	return s + v, t + u, t - u, s - v
}

// inverseDCT turns coefficients into differences of pixels.
func inverseDCT(b *block) {
	for i := range 4 {
		b[i], b[4+i], b[8+i], b[12+i] = butterfly(b[i], b[4+i], b[8+i], b[12+i])
	}
	for i := 0; i < 16; i += 4 {
		w, x, y, z := butterfly(b[i], b[i+1], b[i+2], b[i+3])
		b[i], b[i+1], b[i+2], b[i+3] = (w+4)>>3, (x+4)>>3, (y+4)>>3, (z+4)>>3
	}
}

// forwardDCT is its opposite, rounded.
func forwardDCT(b *block) {
	const c, s = 5352, 2217 // √2·cos(π/8) and √2·sin(π/8) in 12 bits
	for i := 0; i < 16; i += 4 {
		p, q, r, t := b[i]+b[i+3], b[i+1]+b[i+2], b[i+1]-b[i+2], b[i]-b[i+3]
		b[i], b[i+2] = (p+q)*8, (p-q)*8
		b[i+1], b[i+3] = (r*s+t*c+256)>>9, (t*s-r*c+256)>>9
	}
	for i := range 4 {
		p, q, r, t := b[i]+b[12+i], b[4+i]+b[8+i], b[4+i]-b[8+i], b[i]-b[12+i]
		b[i], b[8+i] = (p+q+8)>>4, (p-q+8)>>4
		b[4+i], b[12+i] = (r*s+t*c+1<<15)>>16, (t*s-r*c+1<<15)>>16
	}
}

// inverseWHT turns the coefficients of the 16 first coefficients back.
func inverseWHT(b *block) {
	for i := range 4 {
		p, q, r, t := b[i]+b[12+i], b[4+i]+b[8+i], b[4+i]-b[8+i], b[i]-b[12+i]
		b[i], b[4+i], b[8+i], b[12+i] = p+q, r+t, p-q, t-r
	}
	for i := 0; i < 16; i += 4 {
		p, q, r, t := b[i]+b[i+3], b[i+1]+b[i+2], b[i+1]-b[i+2], b[i]-b[i+3]
		b[i], b[i+1], b[i+2], b[i+3] = (p+q+3)>>3, (r+t+3)>>3, (p-q+3)>>3, (t-r+3)>>3
	}
}

// forwardWHT is its opposite, rounded.
func forwardWHT(b *block) {
	for i := range 4 {
		p, q, r, t := b[i]+b[12+i], b[4+i]+b[8+i], b[4+i]-b[8+i], b[i]-b[12+i]
		b[i], b[4+i], b[8+i], b[12+i] = p+q, r+t, p-q, t-r
	}
	for i := 0; i < 16; i += 4 {
		p, q, r, t := b[i]+b[i+3], b[i+1]+b[i+2], b[i+1]-b[i+2], b[i]-b[i+3]
		b[i], b[i+1], b[i+2], b[i+3] = (p+q+1)>>1, (r+t+1)>>1, (p-q+1)>>1, (t-r+1)>>1
	}
}

// steps are those of the first coefficient and of the others.
type steps struct{ dc, ac int32 }

// quantize divides by the steps; bias, of 256, is what is added before the rest is cut
// off. It reports whether anything is left.
func quantize(b *block, from int, s steps, bias int32) (left bool) {
	for i := from; i < 16; i++ {
		step, add := s.ac, s.ac*bias>>8
		if i == 0 {
			step, add = s.dc, s.dc>>1
		}
		v := b[i]
		if v < 0 {
			v = -((-v + add) / step)
		} else {
			v = (v + add) / step
		}
		b[i] = min(max(v, -maxLevel), maxLevel)
		left = left || v != 0
	}
	return left
}

func dequantize(b *block, from int, s steps) {
	for i := from; i < 16; i++ {
		if i == 0 {
			b[i] *= s.dc
		} else {
			b[i] *= s.ac
		}
	}
}
