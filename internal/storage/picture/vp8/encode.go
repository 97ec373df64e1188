package vp8

import (
	"encoding/binary"
	"errors"
	"image"
	"io"
	"math"
)

// MaxSide is the longest side of a picture.
const MaxSide = 1<<14 - 1

// ErrSize is the fault of a picture that the format cannot hold.
var ErrSize = errors.New("vp8: the picture is empty or too large")

// Encode writes m, whose transparency is not looked at, as a WebP file. Quality is from
// 0 to 100.
func Encode(w io.Writer, m *image.RGBA, quality int) error {
	width, height := m.Rect.Dx(), m.Rect.Dy()
	if width < 1 || height < 1 || width > MaxSide || height > MaxSide {
		return ErrSize
	}
	f := newFrame(m, quality)
	head, coded := f.encode()
	tag := uint32(len(head))<<5 | 1<<4 // a key frame, shown
	size := 10 + len(head) + len(coded)
	out := make([]byte, 0, 20+size+1)
	out = append(out, "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(12+size+size&1))
	out = append(out, "WEBPVP8 "...)
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	out = append(out, byte(tag), byte(tag>>8), byte(tag>>16), 0x9d, 0x01, 0x2a)
	out = binary.LittleEndian.AppendUint16(out, uint16(width))
	out = binary.LittleEndian.AppendUint16(out, uint16(height))
	out = append(append(out, head...), coded...)
	if size&1 != 0 {
		out = append(out, 0)
	}
	_, err := w.Write(out)
	return err
}

// frame is a picture on its way.
type frame struct {
	mbW, mbH int
	src, dst [3]plane // as it is, and as the decoder will have it
	index    int      // of the quantizer
	steps    [3]steps
	above    [][9]uint8 // of each column: which blocks at its lower edge have levels
	left     [9]uint8
	tokens   tokens
	modes    []macroblock
	skipped  int
}

// macroblock is how one is predicted, and whether that is all.
type macroblock struct {
	y, uv int
	skip  bool
}

func newFrame(m *image.RGBA, quality int) *frame {
	f := &frame{mbW: (m.Rect.Dx() + 15) / 16, mbH: (m.Rect.Dy() + 15) / 16}
	f.src[0], f.src[1], f.src[2] = convert(m, f.mbW, f.mbH)
	for i, p := range f.src {
		f.dst[i] = plane{make([]uint8, len(p.pix)), p.stride}
	}
	f.above = make([][9]uint8, f.mbW)
	f.index = quantizer(quality)
	dc, ac := int32(dcSteps[f.index]), int32(acSteps[f.index])
	f.steps[yAfterY2] = steps{dc, ac}
	f.steps[y2] = steps{dc * 2, max(ac*155/100, 8)}
	f.steps[chroma] = steps{min(dc, 132), ac}
	return f
}

// quantizer returns the index for a quality: such that a photograph loses about as much
// as JPEG takes from it at the same number.
func quantizer(quality int) int {
	q := float64(min(max(quality, 0), 100)) / 100
	return int(math.Round(127 * (1 - math.Cbrt(q*q*0.65+q*0.35))))
}

// encode returns the two partitions: the header with the modes, and the levels.
func (f *frame) encode() (head, coded []byte) {
	for my := range f.mbH {
		f.left = [9]uint8{}
		for mx := range f.mbW {
			f.macroblock(mx, my)
		}
	}
	w := newBoolWriter()
	w.bits(0, 2)                                   // colour space, clamping
	w.bits(0, 1)                                   // no segments
	w.bits(0, 1)                                   // the normal loop filter
	w.bits(uint32(min(63, f.index*f.index/96)), 6) // its strength
	w.bits(0, 3)                                   // its sharpness
	w.bits(0, 1)                                   // the same for all
	w.bits(0, 2)                                   // one partition of tokens
	w.bits(uint32(f.index), 7)
	w.bits(0, 5) // no other quantizers
	w.bits(0, 1) // the probabilities are for this frame
	probs := f.tokens.probs(w)
	w.bits(1, 1) // macroblocks may be skipped
	all := len(f.modes)
	never := uint8(min(max(256*(all-f.skipped)/all, 1), 255))
	w.bits(uint32(never), 8)
	for _, mb := range f.modes {
		w.bit(never, mb.skip)
		w.bit(145, true) // predicted as a whole
		w.bit(156, mb.y == hPred || mb.y == tmPred)
		if mb.y == dcPred || mb.y == vPred {
			w.bit(163, mb.y == vPred)
		} else {
			w.bit(128, mb.y == tmPred)
		}
		if w.bit(142, mb.uv != dcPred); mb.uv != dcPred {
			if w.bit(114, mb.uv != vPred); mb.uv != vPred {
				w.bit(183, mb.uv == tmPred)
			}
		}
	}
	t := newBoolWriter()
	f.tokens.write(t, &probs)
	return w.bytes(), t.bytes()
}

// acBias rounds small coefficients down: what they cost is more than what they show.
const acBias = 96

// macroblock predicts one, codes what is left, and rebuilds it.
func (f *frame) macroblock(mx, my int) {
	var luma [17]block // the last is that of the first coefficients
	var colour [8]block
	var pred [256]uint8
	var chromaPred [2][64]uint8
	at, half := square{mx * 16, my * 16, 16}, square{mx * 8, my * 8, 8}
	mb := macroblock{y: f.best(at, 0, pred[:])}
	some := f.luma(at, pred[:], &luma)
	mb.uv = f.best(half, 1, chromaPred[0][:], chromaPred[1][:])
	for i := range 2 {
		if f.colour(half, i, chromaPred[i][:], colour[i*4:]) {
			some = true
		}
	}
	if mb.skip = !some; mb.skip {
		f.above[mx], f.left = [9]uint8{}, [9]uint8{}
		f.skipped++
	} else {
		f.code(&f.above[mx], &luma, &colour)
	}
	f.modes = append(f.modes, mb)
}

// best finds the way that predicts a square of the planes from first on most closely,
// and leaves its prediction in preds.
func (f *frame) best(q square, first int, preds ...[]uint8) (mode int) {
	least := math.MaxInt
	for m := dcPred; m <= tmPred; m++ {
		var try [256]uint8
		sum := 0
		for i := range preds {
			if !f.dst[first+i].predict(m, q, try[:]) {
				sum = math.MaxInt
				break
			}
			sum += f.src[first+i].distance(q, try[:])
		}
		if sum < least {
			least, mode = sum, m
		}
	}
	for i := range preds {
		f.dst[first+i].predict(mode, q, preds[i])
	}
	return mode
}

// luma transforms and rebuilds the brightness of a macroblock.
func (f *frame) luma(q square, pred []uint8, out *[17]block) (some bool) {
	s, s2 := f.steps[yAfterY2], f.steps[y2]
	firsts := &out[16]
	for i := range 16 {
		b := f.src[0].residual(q, i, pred)
		forwardDCT(&b)
		firsts[i] = b[0]
		b[0] = 0
		some = quantize(&b, 1, s, acBias) || some
		out[i] = b
	}
	forwardWHT(firsts)
	some = quantize(firsts, 0, s2, acBias) || some
	back := *firsts
	dequantize(&back, 0, s2)
	inverseWHT(&back)
	for i := range 16 {
		b := out[i]
		dequantize(&b, 1, s)
		b[0] = back[i]
		inverseDCT(&b)
		f.dst[0].rebuild(q, i, pred, &b)
	}
	return some
}

// colour does the same for one of the two planes of colour.
func (f *frame) colour(q square, i int, pred []uint8, out []block) (some bool) {
	s := f.steps[chroma]
	for k := range 4 {
		b := f.src[1+i].residual(q, k, pred)
		forwardDCT(&b)
		some = quantize(&b, 0, s, acBias) || some
		out[k] = b
		dequantize(&b, 0, s)
		inverseDCT(&b)
		f.dst[1+i].rebuild(q, k, pred, &b)
	}
	return some
}

// code writes the levels of a macroblock. A block's context is how many of the blocks
// above and to the left of it have levels.
func (f *frame) code(above *[9]uint8, luma *[17]block, colour *[8]block) {
	one := func(kind, first, a, l int, b *block) {
		some := uint8(0)
		if f.tokens.block(kind, int(above[a]+f.left[l]), first, b) {
			some = 1
		}
		above[a], f.left[l] = some, some
	}
	one(y2, 0, 8, 8, &luma[16])
	for i := range 16 {
		one(yAfterY2, 1, i%4, i/4, &luma[i])
	}
	for i := range 8 {
		at := 4 + i/4*2
		one(chroma, 0, at+i%2, at+i%4/2, &colour[i])
	}
}
