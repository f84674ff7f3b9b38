package texture

import (
	"math"

	"dermbox/camera/quality"
)

// pace is how far apart windows are, pixels: they overlap by half.
const pace = side / 2

// taper fades a window out towards its edges.
var taper = func() (t plane) {
	for i := range t {
		t[i] = float32(hann(i/side) * hann(i%side))
	}
	return t
}()

func hann(i int) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*float64(i+1)/(side+1)) }

// windows measures every window of a grey picture that lies in the field, clear of its rim. Without a
// field it is the square in the picture's middle.
func windows(grey []byte, width, height int, f quality.Field) (list []power) {
	if f.Shape == quality.ShapeNone {
		f = quality.Field{X: float64(width) / 2, Y: float64(height) / 2, Size: float64(min(width, height))}
	}
	var at []int // of the top left pixel
	for y := 0; y+side <= height; y += pace {
		for x := 0; x+side <= width; x += pace {
			if inField(f, float64(x+side/2), float64(y+side/2)) {
				at = append(at, y*width+x)
			}
		}
	}
	list = make([]power, len(at))
	for i := 0; i < len(at); i += 2 {
		var a, b plane
		load(&a, grey[at[i]:], width)
		load(&b, grey[at[min(i+1, len(at)-1)]:], width)
		spectra(&a, &b)
		list[i] = spectrum.measure(&a)
		if i+1 < len(at) {
			list[i+1] = spectrum.measure(&b)
		}
	}
	return list
}

// inField says whether a window at a place lies in the field: its inner disc in a disc, all of it in a square.
func inField(f quality.Field, x, y float64) bool {
	dx, dy, most := math.Abs(x-f.X), math.Abs(y-f.Y), f.Size/2-side/2
	if f.Shape == quality.ShapeDisc {
		return math.Hypot(dx, dy) <= most
	}
	return max(dx, dy) <= most+0.5
}

// load takes a window's pixels less their mean, tapered.
func load(to *plane, grey []byte, stride int) {
	sum := 0
	for y := range side {
		for _, v := range grey[y*stride:][:side] {
			sum += int(v)
		}
	}
	mean := float32(sum) / (side * side)
	for y := range side {
		for x, v := range grey[y*stride:][:side] {
			to[y*side+x] = (float32(v) - mean) * taper[y*side+x]
		}
	}
}

// spectra turns two real windows into their power spectra with one complex transform.
func spectra(a, b *plane) {
	transform(a, b)
	pa, pb := &plane{}, &plane{}
	for u := range side {
		for v := range side {
			k, n := bin(u, v), bin(-u, -v)
			pa[k] = (square(a[k]+a[n]) + square(b[k]-b[n])) / 4
			pb[k] = (square(b[k]+b[n]) + square(a[k]-a[n])) / 4
		}
	}
	*a, *b = *pa, *pb
}

func square(v float32) float32 { return v * v }
