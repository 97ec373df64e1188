package picture

import "image"

// shrunk makes the part of a picture n times smaller by averaging squares, where that
// is quick: for the planes of JPEG and WebP. What is left to the finer filter is then a
// ninth of the work for a picture that becomes six times smaller.
func shrunk(src image.Image, part image.Rectangle, n int) (image.Image, image.Rectangle) {
	m, ok := src.(*image.YCbCr)
	if !ok || n < 2 {
		return src, part
	}
	m = m.SubImage(part).(*image.YCbCr)
	out := image.NewYCbCr(image.Rect(0, 0, part.Dx()/n, part.Dy()/n), m.SubsampleRatio)
	average(plane{out.Y, out.YStride, 0}, plane{m.Y, m.YStride, part.Dx()}, n)
	chroma := (m.Rect.Max.X-1)/subsampling(m) - m.Rect.Min.X/subsampling(m) + 1
	average(plane{out.Cb, out.CStride, 0}, plane{m.Cb, m.CStride, chroma}, n)
	average(plane{out.Cr, out.CStride, 0}, plane{m.Cr, m.CStride, chroma}, n)
	return out, out.Rect
}

// subsampling is how many pixels in a row share a sample of colour.
func subsampling(m *image.YCbCr) int {
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		return 2
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		return 4
	}
	return 1
}

// plane is one component of a picture; its rows are stride apart and width long.
type plane struct {
	pix           []uint8
	stride, width int
}

// average fills all of to with the means of squares of n × n samples. At the edges
// there may be fewer.
func average(to, from plane, n int) {
	dst, stride, src, width := to.pix, to.stride, from.pix, from.width
	sums := make([]uint32, stride)
	for y := 0; y*stride < len(dst); y++ {
		clear(sums)
		rows := uint32(0)
		for k := range n {
			at := (y*n + k) * from.stride
			if at >= len(src) {
				break
			}
			rows++
			row := src[at:min(at+width, len(src))]
			for x := range sums {
				for _, v := range row[min(x*n, len(row)):min(x*n+n, len(row))] {
					sums[x] += uint32(v)
				}
			}
		}
		for x, sum := range sums {
			if cols := uint32(min(n, width-x*n)); rows > 0 && x*n < width {
				dst[y*stride+x] = uint8((sum + rows*cols/2) / (rows * cols))
			} else { // a sample more than the source has
				dst[y*stride+x] = dst[max(0, y*stride+x-1)]
			}
		}
	}
}
