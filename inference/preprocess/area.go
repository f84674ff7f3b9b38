package preprocess

import "image"

// one is the sum of the weights of a span: weights are fixed-point numbers, so that no processor rounds otherwise.
const one = 1 << 16

// span is what one output pixel covers on an axis: source pixels from first on, with weights that add up to one.
type span struct {
	first   int
	weights []uint32
}

// spans divides n source pixels evenly among m output pixels. Ends that fall inside a source pixel take their part of it.
func spans(n, m int) []span {
	out := make([]span, m)
	for i := range out {
		// Positions in units of 1/m source pixel: the output pixel covers [i*n, (i+1)*n).
		lo, hi := i*n, (i+1)*n
		first, last := lo/m, (hi+m-1)/m
		weights := make([]uint32, last-first)
		done := 0
		for j := range weights {
			// Rounding the running sum, not each weight, makes them add up to one exactly.
			end := min((first+j+1)*m, hi) - lo
			sum := (2*end*one + n) / (2 * n)
			weights[j] = uint32(sum - done)
			done = sum
		}
		out[i] = span{first, weights}
	}
	return out
}

// area resizes the rectangle of an RGB picture of the given width (3 bytes a pixel) to w by h by averaging areas. The
// result holds 3 values a pixel, 0 to 255, with 16 binary digits after the point.
func area(rgb []byte, width int, from image.Rectangle, w, h int) []uint32 {
	across, down := spans(from.Dx(), w), spans(from.Dy(), h)
	out := make([]uint32, w*h*3)
	row := make([]uint32, w*3)  // one source row, averaged across
	sums := make([]uint64, w*3) // its weighted sum with the rows before
	for y, d := range down {
		clear(sums)
		for j, weight := range d.weights {
			if weight == 0 {
				continue
			}
			averageRow(row, rgb[((from.Min.Y+d.first+j)*width+from.Min.X)*3:], across)
			for i, v := range row {
				sums[i] += uint64(v) * uint64(weight)
			}
		}
		for i, v := range sums {
			out[y*w*3+i] = uint32((v + one/2) / one)
		}
	}
	return out
}

func averageRow(row []uint32, src []byte, across []span) {
	for x, a := range across {
		var r, g, b uint32
		src := src[a.first*3 : (a.first+len(a.weights))*3]
		for j, weight := range a.weights {
			r += weight * uint32(src[j*3])
			g += weight * uint32(src[j*3+1])
			b += weight * uint32(src[j*3+2])
		}
		row[x*3], row[x*3+1], row[x*3+2] = r, g, b
	}
}
