package scope

import (
	"image"
	"math"
)

// paste copies a picture into another at a place; it must fit.
func paste(to, from *image.RGBA, x, y int) {
	for row := range from.Rect.Dy() {
		copy(to.Pix[to.PixOffset(x, y+row):], from.Pix[row*from.Stride:][:4*from.Rect.Dx()])
	}
}

// scale gives a part of a picture at another size: a weighted mean of all that falls on or near a pixel when it gets
// smaller, a blend of the four nearest when it gets larger.
func scale(img *image.RGBA, part image.Rectangle, width, height int) *image.RGBA {
	return sample(img, taps(part.Min.X, part.Dx(), width), taps(part.Min.Y, part.Dy(), height))
}

// sample gives the picture whose pixels are those sums of another's.
func sample(img *image.RGBA, xs, ys [][]tap) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, len(xs), len(ys)))
	parallel(len(ys), func(y int) {
		for x := range xs {
			var sum [3]float64
			for _, v := range ys[y] {
				for _, h := range xs[x] {
					p, w := img.Pix[img.PixOffset(h.at, v.at):], h.share*v.share
					sum[0], sum[1], sum[2] = sum[0]+w*float64(p[0]), sum[1]+w*float64(p[1]), sum[2]+w*float64(p[2])
				}
			}
			o := out.Pix[out.PixOffset(x, y):]
			o[0], o[1], o[2], o[3] = level(sum[0]), level(sum[1]), level(sum[2]), 255
		}
	})
	return out
}

// level rounds to a byte; a cubic's sum may lie a little beyond.
func level(v float64) byte { return byte(max(0, min(255, v+0.5))) }

// tap is a source pixel and its share of a target pixel.
type tap struct {
	at    int
	share float64
}

// taps gives, for each of n target pixels, the source pixels that it covers, or the two that it lies between.
func taps(from, size, n int) [][]tap {
	reach := max(1, float64(size)/float64(n)) / 2 // half of the tent on each side
	return weigh(from, size, n, 2*reach, func(off float64) float64 { return 1 - math.Abs(off)/(2*reach) })
}

// weigh gives, for each of n target pixels, the source pixels nearer than reach to its middle with their shares of it: weight of
// how far each lies off, brought to a sum of one. Beyond the ends the last pixel goes on.
func weigh(from, size, n int, reach float64, weight func(off float64) float64) [][]tap {
	out := make([][]tap, n)
	step := float64(size) / float64(n)
	for i := range out {
		middle := (float64(i) + 0.5) * step
		total := 0.0
		for at := int(math.Floor(middle - reach - 1)); float64(at) < middle+reach+1; at++ {
			off := float64(at) + 0.5 - middle
			if math.Abs(off) >= reach {
				continue
			}
			share := weight(off)
			out[i] = append(out[i], tap{from + max(0, min(size-1, at)), share})
			total += share
		}
		for k := range out[i] {
			out[i][k].share /= total
		}
	}
	return out
}

// blur smooths with three boxes of the given radius, close to a Gaussian of radius times 1.1.
func blur(img *image.RGBA, radius int) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	a, b := image.NewRGBA(img.Rect), image.NewRGBA(img.Rect)
	copy(a.Pix, img.Pix)
	for range 3 {
		parallel(h, func(y int) { box(b.Pix[y*b.Stride:], a.Pix[y*a.Stride:], w, 4, radius) })
		parallel(w, func(x int) { box(a.Pix[4*x:], b.Pix[4*x:], h, a.Stride, radius) })
	}
	return a
}

// box writes the moving mean of n pixels that lie stride bytes apart; beyond the ends the last pixel goes on.
func box(to, from []byte, n, stride, radius int) {
	for c := range 4 {
		at := func(i int) int { return int(from[max(0, min(n-1, i))*stride+c]) }
		sum := 0
		for i := -radius; i <= radius; i++ {
			sum += at(i)
		}
		for i := range n {
			to[i*stride+c] = byte((sum + radius) / (2*radius + 1))
			sum += at(i+radius+1) - at(i-radius)
		}
	}
}
