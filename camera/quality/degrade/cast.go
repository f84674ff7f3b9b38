package degrade

import (
	"math"

	"dermbox/camera/quality/colour"
)

// cast shifts the white by gains of the three colours in linear light, as a wrong white balance does, so that the field's pixels
// differ by a mean deltaE00 of the amount from what they were. The field's mean luminance stays, as far as no colour is clipped, so that a
// cast is no exposure.
func cast(p Picture, amount float64, direction string) (Picture, error) {
	seen := sample(p)
	if len(seen) == 0 {
		return Picture{}, ErrTooFar
	}
	before := make([]colour.Lab, len(seen))
	for i, c := range seen {
		before[i] = labOf(c)
	}
	mean := func(t float64) float64 {
		by, sum := tables(gains(seen, direction, t)), 0.0
		for i, c := range seen {
			sum += colour.DeltaE00(before[i], labOf([3]byte{by[0][c[0]], by[1][c[1]], by[2][c[2]]}))
		}
		return sum / float64(len(seen))
	}
	lo, hi := 0.0, amount/60
	for mean(hi) < amount {
		if lo, hi = hi, hi*1.5; hi > 3 {
			return Picture{}, ErrTooFar
		}
	}
	for range 10 {
		if mid := (lo + hi) / 2; mean(mid) < amount {
			lo = mid
		} else {
			hi = mid
		}
	}
	return gain(p, gains(seen, direction, (lo+hi)/2)), nil
}

// labOf gives a pixel's colour.
func labOf(c [3]byte) colour.Lab {
	return colour.SRGB{float64(c[0]), float64(c[1]), float64(c[2])}.Lab()
}

// samples is how many pixels stand for the field: a mean of so many is sure to two tenths of a deltaE00.
const samples = 400

// sample gives the colours of some pixels spread evenly over the field.
func sample(p Picture) (colours [][3]byte) {
	in := p.field(0.96)
	n := 0
	for _, i := range in {
		if i {
			n++
		}
	}
	every, k := max(1, n/samples), 0
	for i := range in {
		if !in[i] {
			continue
		}
		if k%every == 0 {
			colours = append(colours, [3]byte(p.Pix[3*i:3*i+3]))
		}
		k++
	}
	return colours
}

// ways are the logarithms of the gains of red, green and blue in each direction.
var ways = map[string][3]float64{
	"warm": {1, 0, -1}, "cool": {-1, 0, 1}, "green": {-0.5, 1, -0.5}, "magenta": {0.5, -1, 0.5},
}

// gains gives the gains of a direction's strength, with the mean luminance of the colours kept.
func gains(seen [][3]byte, direction string, t float64) (by [3]float64) {
	for c, w := range ways[direction] {
		by[c] = math.Exp(w * t)
	}
	luma := [3]float64{0.2126, 0.7152, 0.0722}
	var was, is float64
	for _, s := range seen {
		for c := range 3 {
			l := luma[c] * toLinear[s[c]]
			was, is = was+l, is+l*by[c]
		}
	}
	if is == 0 {
		return by
	}
	for c := range by {
		by[c] *= was / is
	}
	return by
}
