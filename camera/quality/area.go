package quality

import "math"

// Span is a run of pixels of one row, [From, To).
type Span struct{ Row, From, To int }

// Spans gives the rows of a field shrunk to a share of its size, within a picture. Without a field it is the whole picture.
func Spans(f Field, share float64, width, height int) []Span {
	var spans []Span
	for y := range height {
		half, in := f.half(float64(y)+0.5, share)
		if !in {
			continue
		}
		from, to := 0, width
		if f.Shape != ShapeNone {
			from, to = max(0, int(math.Ceil(f.X-half))), min(width, int(f.X+half))
		}
		if to > from {
			spans = append(spans, Span{y, from, to})
		}
	}
	return spans
}

// half gives half the field's width at a height.
func (f Field) half(y, share float64) (half float64, in bool) {
	r, dy := f.Size/2*share, math.Abs(y-f.Y)
	switch {
	case f.Shape == ShapeNone:
		return 0, true
	case dy >= r:
		return 0, false
	case f.Shape == ShapeSquare:
		return r, true
	}
	return math.Sqrt(r*r - dy*dy), true
}

// Luma from which a pixel counts as clipped.
const (
	clipHigh = 250
	clipLow  = 5
)

// Luminance is how bright an area is.
type Luminance struct {
	Mean, Median float64 // luma, 0 to 255
	High, Low    float64 // shares that are clipped, 0 to 1
}

// Light measures the luma of an area of a grey picture.
func Light(grey []byte, width int, area []Span) (l Luminance) {
	var histogram [256]int
	n := 0
	for _, s := range area {
		for _, v := range grey[s.Row*width+s.From : s.Row*width+s.To] {
			histogram[v]++
		}
		n += s.To - s.From
	}
	if n == 0 {
		return l
	}
	for v, k := range histogram {
		share := float64(k) / float64(n)
		l.Mean += float64(v) * share
		switch {
		case v >= clipHigh:
			l.High += share
		case v <= clipLow:
			l.Low += share
		}
	}
	l.Median = float64(percentile(histogram[:], 0.5))
	return l
}

// Variance gives the variance of values over an area.
func Variance(values []int16, width int, area []Span) float64 {
	var sum, squares, n float64
	for _, s := range area {
		var rowSum, rowSquares int64
		for _, v := range values[s.Row*width+s.From : s.Row*width+s.To] {
			rowSum += int64(v)
			rowSquares += int64(v) * int64(v)
		}
		sum, squares, n = sum+float64(rowSum), squares+float64(rowSquares), n+float64(s.To-s.From)
	}
	if n == 0 {
		return 0
	}
	return squares/n - (sum/n)*(sum/n)
}
