package quality

// Levels of a channel from which, and of the luma up to which, a pixel counts as clipped. Noise and the encoder take a little off
// white.
const (
	clipHigh = 253
	clipLow  = 5
)

// brighter is the share of an area whose luma says how bright its light is: a dark lesion may fill the rest.
const brighter = 0.25

// Luminance is how bright an area is.
type Luminance struct {
	Bright float64 // luma, 0 to 255 and more: the light on the skin, with what the skin's pigment took of it given back; see Light
	High   float64 // share of the pixels with a channel that is clipped, 0 to 1
	Low    float64 // share of the pixels that are black, 0 to 1
}

// Light measures an area of a picture in blue, green and red, three bytes a pixel. Bright is the mean of the pixels' brightest channel
// and the mean luma of the brighter quarter, averaged, times what pigment takes: dark skin that is well lit must not count as dark,
// nor pass when it is lit too much.
func Light(bgr []byte, width int, area []Span) (l Luminance) {
	var lumas, brightest [256]int
	n := 0
	each(bgr, width, area, func(p []byte) {
		lumas[luma(p)]++
		brightest[max(p[0], p[1], p[2])]++
		n++
	})
	if n == 0 {
		return l
	}
	mean := 0.
	for v, k := range brightest {
		share := float64(k) / float64(n)
		mean += float64(v) * share
		if v >= clipHigh {
			l.High += share
		}
	}
	for _, k := range lumas[:clipLow+1] {
		l.Low += float64(k) / float64(n)
	}
	l.Bright = (mean + top(lumas[:], max(1, int(float64(n)*brighter)))) / 2 * pigment(bgr, width, area, lumas[:])
	return l
}

// each visits the pixels of an area.
func each(bgr []byte, width int, area []Span, visit func(p []byte)) {
	for _, s := range area {
		for row := bgr[3*(s.Row*width+s.From) : 3*(s.Row*width+s.To)]; len(row) >= 3; row = row[3:] {
			visit(row[:3])
		}
	}
}

// luma is that of a pixel in blue, green and red (BT.601, as OpenCV's grey).
func luma(p []byte) int { return (29*int(p[0]) + 150*int(p[1]) + 77*int(p[2]) + 128) >> 8 }

// top gives the mean of the n largest entries of a histogram, which has that many.
func top(histogram []int, n int) float64 {
	sum, left := 0, n
	for v := len(histogram) - 1; v > 0 && left > 0; v-- {
		k := min(left, histogram[v])
		sum, left = sum+v*k, left-k
	}
	return float64(sum) / float64(n)
}
