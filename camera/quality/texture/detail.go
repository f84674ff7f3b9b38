package texture

import (
	"cmp"
	"math"
	"slices"

	"dermbox/camera/quality"
)

// Detail is how much of its detail a picture kept.
type Detail struct {
	Focus  float64 // fine detail over coarse in the direction that kept least of it: a ratio of amplitudes, some 0.1 to 1
	Motion float64 // the same over that of the direction across it: 1 where nothing moved
}

// The windows that count, and limits that keep logarithms finite.
const (
	fewest   = 8      // windows; fewer tell nothing
	flat     = 1. / 8 // share of the windows with least to see: what they hold is mostly noise
	textured = 1. / 3 // share with most to see
	white    = 1.5    // noise of even colour has so much more mean power in the fine band than median power in the finest
	common   = 0.25   // share of the coarse detail that is taken of all directions together
	faintest = 0.02   // of the noise: less fine power than this cannot be told from none
	buried   = 3      // times the noise: less coarse power than this cannot be told from it
	silent   = 1      // power of a window of one even grey, as good as none
)

// Measure finds the detail of a grey picture at the working scale within the field. It is not ok where there are too few windows to
// tell, in pictures of less than some 64 pixels.
//
// Noise is no detail: it is as strong where there is nothing to see as elsewhere, and as strong in the finest band as in the fine one.
// The lesser of the two estimates is taken off, since a picture textured throughout has no flat window, and one from a
// camera that smooths has little in the finest band.
func Measure(grey []byte, width, height int, f quality.Field) (d Detail, ok bool) {
	list := windows(grey, width, height, f)
	if len(list) < fewest {
		return d, false
	}
	slices.SortFunc(list, func(a, b power) int { return cmp.Compare(a.strength(), b.strength()) })
	quiet := average(list[:max(1, int(float64(len(list))*flat))], func(power) float64 { return 1 })
	busy := average(list[len(list)-int(float64(len(list))*textured):], evened)
	noise := min(mean(quiet.fine[:]), white*busy.noise)
	fine, coarse := busy.fine, busy.coarse
	for i := range directions {
		fine[i] = max(fine[i]-noise, faintest*noise, faintest*faintest*silent)
		coarse[i] = max(coarse[i]-quiet.strength(), buried*noise, silent)
	}
	return compare(smooth(fine), smooth(coarse)), true
}

// compare finds the direction with the least fine detail for its coarse detail. A quarter of the latter is that of all directions, so
// that a movement so long that it takes coarse detail too is seen.
func compare(fine, coarse [directions]float64) Detail {
	all := mean(coarse[:])
	var ratio [directions]float64
	for i := range ratio {
		ratio[i] = fine[i] / (common*all + (1-common)*coarse[i])
	}
	d := Detail{Focus: math.Sqrt(slices.Min(ratio[:])), Motion: 1}
	for i, r := range ratio {
		d.Motion = min(d.Motion, math.Sqrt(r/ratio[(i+directions/2)%directions]))
	}
	return d
}

// smooth averages each direction with its neighbours.
func smooth(v [directions]float64) (out [directions]float64) {
	for i := range v {
		out[i] = (v[(i+directions-1)%directions] + v[i] + v[(i+1)%directions]) / 3
	}
	return out
}

// evened is a window's weight: less for a stronger one, so that a few hairs, all one way, do not drown the rest.
func evened(p power) float64 { return 1 / math.Sqrt(p.strength()+silent) }

func average(list []power, weight func(power) float64) (sum power) {
	total := 0.0
	for _, p := range list {
		w := weight(p)
		total += w
		for i := range directions {
			sum.fine[i] += w * p.fine[i]
			sum.coarse[i] += w * p.coarse[i]
		}
		sum.noise += w * p.noise
	}
	for i := range directions {
		sum.fine[i] /= total
		sum.coarse[i] /= total
	}
	sum.noise /= total
	return sum
}

func mean(v []float64) (m float64) {
	for _, x := range v {
		m += x / float64(len(v))
	}
	return m
}

// median puts the values into another order: it halves them around one of them until the middle is in its place, which takes a part
// of the time of sorting them all.
func median(v []float32) float32 {
	middle, lo, hi := len(v)/2, 0, len(v)-1
	for lo < hi {
		i, j := halve(v, lo, hi)
		switch {
		case middle <= j:
			hi = j
		case middle >= i:
			lo = i
		default:
			return v[middle]
		}
	}
	return v[middle]
}

// halve moves what is less than a value between lo and hi before what is more: up to the second index there is none that is more, from the
// first on none that is less.
func halve(v []float32, lo, hi int) (i, j int) {
	pivot := v[(lo+hi)/2]
	for i, j = lo, hi; i <= j; {
		for v[i] < pivot {
			i++
		}
		for v[j] > pivot {
			j--
		}
		if i <= j {
			v[i], v[j] = v[j], v[i]
			i, j = i+1, j-1
		}
	}
	return i, j
}
