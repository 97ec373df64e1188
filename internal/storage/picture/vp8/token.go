package vp8

import "math"

const (
	numProbs = 4 * 8 * 3 * 11
	maxLevel = 2047
)

// The types of a block of coefficients.
const (
	yAfterY2 = iota // without its first one
	y2
	chroma
)

var (
	zigzag = [16]int{0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15}
	bands  = [17]int{0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0}
)

// category is a range of levels that shares a token: its least level, and the
// probabilities of the bits that tell which one it is.
type category struct {
	base  int32
	extra []uint8
}

var categories = []category{
	{5, []uint8{159}}, {7, []uint8{165, 145}}, {11, []uint8{173, 148, 140}}, {19, []uint8{176, 155, 140, 135}},
	{35, []uint8{180, 157, 141, 134, 130}}, {67, []uint8{254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}},
}

// tokens is what was coded, kept until the probabilities are known that fit it best.
// An entry is a bit and, above it, the place of its probability, or fixed and the
// probability itself.
type tokens struct {
	list   []uint16
	counts [numProbs][2]uint32
}

const fixed = 1 << 15

func (t *tokens) put(place int, one bool) {
	v := uint16(place) << 1
	if one {
		v |= 1
	}
	t.counts[place][v&1]++
	t.list = append(t.list, v)
}

func (t *tokens) putFixed(prob uint8, one bool) {
	v := fixed | uint16(prob)<<1
	if one {
		v |= 1
	}
	t.list = append(t.list, v)
}

// block codes a block's levels from the place first on; ctx is how many of its
// neighbours have any. It reports whether this one has.
func (t *tokens) block(kind, ctx, first int, b *block) bool {
	last := 15
	for last >= first && b[zigzag[last]] == 0 {
		last--
	}
	at := func(i, ctx int) int { return ((kind*8+bands[i])*3 + ctx) * 11 }
	p := at(first, ctx)
	for i := first; i <= last; i++ {
		if i == first || b[zigzag[i-1]] != 0 {
			t.put(p, true) // not the end
		}
		v := b[zigzag[i]]
		if v == 0 {
			t.put(p+1, false)
			p = at(i+1, 0)
			continue
		}
		t.put(p+1, true)
		size := t.level(p, max(v, -v))
		t.putFixed(128, v < 0)
		p = at(i+1, size)
	}
	if last < 15 {
		t.put(p, false)
	}
	return last >= first
}

// level codes a size from 1 on, and returns the context that it makes.
func (t *tokens) level(p int, v int32) (ctx int) {
	if t.put(p+2, v > 1); v == 1 {
		return 1
	}
	if t.put(p+3, v > 4); v <= 4 {
		if t.put(p+4, v > 2); v > 2 {
			t.put(p+5, v > 3)
		}
		return 2
	}
	c := len(categories) - 1
	for v < categories[c].base {
		c--
	}
	if t.put(p+6, c > 1); c <= 1 {
		t.put(p+7, c == 1)
	} else if t.put(p+8, c > 3); c <= 3 {
		t.put(p+9, c == 3)
	} else {
		t.put(p+10, c == 5)
	}
	rest := v - categories[c].base
	for i, prob := range categories[c].extra {
		t.putFixed(prob, rest>>(len(categories[c].extra)-1-i)&1 != 0)
	}
	return 2
}

// probs writes to the header which probabilities are changed, and returns them all.
func (t *tokens) probs(w *boolWriter) (out [numProbs]uint8) {
	for i, n := range t.counts {
		out[i] = tokenProbs[i]
		better, all := uint8(128), n[0]+n[1]
		if all > 0 {
			better = uint8(min(max(256*uint64(n[0])/uint64(all), 1), 255))
		}
		gain := cost(n, out[i]) - cost(n, better) + bits(updateProbs[i]) - bits(uint8(256-uint(updateProbs[i]))) - 8
		changed := all > 0 && gain > 0
		w.bit(updateProbs[i], changed)
		if changed {
			out[i] = better
			w.bits(uint32(better), 8)
		}
	}
	return out
}

// cost is how many bits the counted ones take at a probability.
func cost(n [2]uint32, prob uint8) float64 {
	return float64(n[0])*bits(prob) + float64(n[1])*bits(uint8(256-uint(prob)))
}

func bits(prob uint8) float64 { return 8 - math.Log2(max(float64(prob), 1)) }

// write codes the list.
func (t *tokens) write(w *boolWriter, probs *[numProbs]uint8) {
	for _, v := range t.list {
		prob := uint8(v >> 1)
		if v&fixed == 0 {
			prob = probs[v>>1]
		}
		w.bit(prob, v&1 != 0)
	}
}
