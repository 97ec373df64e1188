package vp8

// boolWriter is the arithmetic coder of section 7: bits with the probability, of 256,
// that they are 0.
type boolWriter struct {
	out    []byte
	low    uint64 // bits that are not out yet, the newest at the lower end
	span   uint32 // 128 to 255 between two bits
	queued int    // bits of low above the 8 that are being worked on
}

func newBoolWriter() *boolWriter { return &boolWriter{span: 255} }

func (w *boolWriter) bit(prob uint8, one bool) {
	split := 1 + (w.span-1)*uint32(prob)>>8
	if one {
		w.low += uint64(split)
		w.span -= split
	} else {
		w.span = split
	}
	for w.span < 128 {
		w.span <<= 1
		w.low <<= 1
		if w.queued++; w.queued == 24 {
			w.shed(16)
		}
	}
}

// shed puts out all but the lowest keep+8 bits.
func (w *boolWriter) shed(keep int) {
	for w.queued > keep {
		w.queued -= 8
		at := w.queued + 8
		if w.low>>(at+8) != 0 { // a carry runs into what is out already
			for i := len(w.out) - 1; i >= 0; i-- {
				if w.out[i]++; w.out[i] != 0 {
					break
				}
			}
		}
		w.out = append(w.out, byte(w.low>>at))
		w.low &= 1<<at - 1
	}
}

// bits writes the n low bits of v, each as probable as not.
func (w *boolWriter) bits(v uint32, n int) {
	for n--; n >= 0; n-- {
		w.bit(128, v>>n&1 != 0)
	}
}

// bytes ends the stream.
func (w *boolWriter) bytes() []byte {
	w.bits(0, 32)
	w.low <<= (8 - w.queued%8) % 8
	w.queued += (8 - w.queued%8) % 8
	w.shed(0)
	return w.out
}
