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
