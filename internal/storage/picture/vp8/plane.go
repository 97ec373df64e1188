package vp8

import "image"

// plane is one component, padded to whole macroblocks.
type plane struct {
	pix    []uint8
	stride int
}

func newPlane(w, h int) plane { return plane{make([]uint8, w*h), w} }

func (p plane) row(x, y, n int) []uint8 { return p.pix[y*p.stride+x:][:n] }

// convert splits a picture into brightness and colour as BT.601 has it for video. The
// last column and row are repeated in the padding.
func convert(m *image.RGBA, mbW, mbH int) (y, u, v plane) {
	y, u, v = newPlane(mbW*16, mbH*16), newPlane(mbW*8, mbH*8), newPlane(mbW*8, mbH*8)
	w, h := m.Rect.Dx(), m.Rect.Dy()
	at := func(px, py int) (r, g, b int32) {
		c := m.Pix[min(py, h-1)*m.Stride+min(px, w-1)*4:]
		return int32(c[0]), int32(c[1]), int32(c[2])
	}
	for cy := range mbH * 8 {
		for cx := range mbW * 8 {
			var r, g, b int32
			for i := range 4 {
				px, py := cx*2+i&1, cy*2+i>>1
				r1, g1, b1 := at(px, py)
				y.pix[py*y.stride+px] = uint8((16839*r1 + 33059*g1 + 6420*b1 + 16<<16 + 1<<15) >> 16)
				r, g, b = r+r1, g+g1, b+b1
			}
			u.pix[cy*u.stride+cx] = clamp((-9719*r - 19081*g + 28800*b + 128<<18 + 1<<17) >> 18)
			v.pix[cy*v.stride+cx] = clamp((28800*r - 24116*g - 4684*b + 128<<18 + 1<<17) >> 18)
		}
	}
	return y, u, v
}

func clamp(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// square is n × n pixels of a plane. Its cells of 4 × 4 are counted row by row.
type square struct{ x, y, n int }

func (q square) cell(k int) (dx, dy int) { return k % (q.n / 4) * 4, k / (q.n / 4) * 4 }

// The ways to predict a square from what lies above and to the left of it.
const (
	dcPred = iota
	vPred
	hPred
	tmPred
)

// predict fills out with the prediction of a square. It reports whether that way is
// open there: at the edges those that would look beyond are not.
func (p plane) predict(mode int, q square, out []uint8) bool {
	x, y, n := q.x, q.y, q.n
	if mode != dcPred && (y == 0 && mode != hPred || x == 0 && mode != vPred) {
		return false
	}
	var above []uint8
	if y > 0 {
		above = p.row(x, y-1, n)
	}
	switch mode {
	case dcPred:
		dc := p.mean(q)
		for i := range n * n {
			out[i] = dc
		}
	case vPred:
		for j := range n {
			copy(out[j*n:], above)
		}
	case hPred:
		for j := range n {
			left := p.pix[(y+j)*p.stride+x-1]
			for i := range n {
				out[j*n+i] = left
			}
		}
	case tmPred:
		corner := int32(p.pix[(y-1)*p.stride+x-1])
		for j := range n {
			left := int32(p.pix[(y+j)*p.stride+x-1]) - corner
			for i := range n {
				out[j*n+i] = clamp(left + int32(above[i]))
			}
		}
	}
	return true
}

func (p plane) mean(q square) uint8 {
	x, y, n := q.x, q.y, q.n
	sum, count := 0, 0
	if y > 0 {
		for _, v := range p.row(x, y-1, n) {
			sum += int(v)
		}
		count += n
	}
	if x > 0 {
		for j := range n {
			sum += int(p.pix[(y+j)*p.stride+x-1])
		}
		count += n
	}
	if count == 0 {
		return 128
	}
	return uint8((sum + count/2) / count)
}

// distance is how far a prediction is from the source, in squares.
func (p plane) distance(q square, pred []uint8) (sum int) {
	for j := range q.n {
		for i, v := range p.row(q.x, q.y+j, q.n) {
			d := int(v) - int(pred[j*q.n+i])
			sum += d * d
		}
	}
	return sum
}

// residual is what a prediction of a square leaves of its k-th cell.
func (p plane) residual(q square, k int, pred []uint8) (b block) {
	dx, dy := q.cell(k)
	for j := range 4 {
		for i, v := range p.row(q.x+dx, q.y+dy+j, 4) {
			b[j*4+i] = int32(v) - int32(pred[(dy+j)*q.n+dx+i])
		}
	}
	return b
}

// rebuild puts the cell there as the decoder will have it.
func (p plane) rebuild(q square, k int, pred []uint8, b *block) {
	dx, dy := q.cell(k)
	for j := range 4 {
		for i, v := range b[j*4 : j*4+4] {
			p.pix[(q.y+dy+j)*p.stride+q.x+dx+i] = clamp(int32(pred[(dy+j)*q.n+dx+i]) + v)
		}
	}
}
