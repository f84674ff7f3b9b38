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
	Bright float64 // luma, 0 to 255: the mean of the pixels' brightest channel and that of the brighter quarter's luma, averaged
	High   float64 // share of the pixels with a channel that is clipped, 0 to 1
	Low    float64 // share of the pixels that are black, 0 to 1
}

// Light measures an area of a picture in blue, green and red, three bytes a pixel.
func Light(bgr []byte, width int, area []Span) (l Luminance) {
	var luma, brightest [256]int
	n := 0
	for _, s := range area {
		row := bgr[3*(s.Row*width+s.From) : 3*(s.Row*width+s.To)]
		for ; len(row) >= 3; row = row[3:] {
			luma[(29*int(row[0])+150*int(row[1])+77*int(row[2])+128)>>8]++
			brightest[max(row[0], row[1], row[2])]++
		}
		n += s.To - s.From
	}
	if n == 0 {
		return l
	}
	for v, k := range brightest {
		share := float64(k) / float64(n)
		l.Bright += float64(v) * share / 2
		if v >= clipHigh {
			l.High += share
		}
	}
	for _, k := range luma[:clipLow+1] {
		l.Low += float64(k) / float64(n)
	}
	l.Bright += top(luma[:], max(1, int(float64(n)*brighter))) / 2
	return l
}

// top gives the mean of the n largest entries of a histogram, of which there are as many.
func top(histogram []int, n int) float64 {
	sum, left := 0, n
	for v := len(histogram) - 1; v > 0 && left > 0; v-- {
		k := min(left, histogram[v])
		sum, left = sum+v*k, left-k
	}
	return float64(sum) / float64(n)
}
