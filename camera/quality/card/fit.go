package card

import "math"

// Affine maps the card's millimetres to a picture's pixels: x = A[0] X + A[1] Y + A[2], y = A[3] X + A[4] Y + A[5].
type Affine [6]float64

// Fit gives the map that brings the marks of any layout nearest to where they were seen, by least squares. Places on an even
// ring make its sums fall apart into three for each axis.
func Fit(seen [Marks]Point) (a Affine) {
	var l Layout
	for i, p := range seen {
		m := l.Mark(i)
		a[0], a[1], a[2] = a[0]+p.X*m.X, a[1]+p.X*m.Y, a[2]+p.X
		a[3], a[4], a[5] = a[3]+p.Y*m.X, a[4]+p.Y*m.Y, a[5]+p.Y
	}
	const squares = Marks * MarkRing * MarkRing / 2 // sum of X squared, and of Y squared
	for _, i := range []int{0, 1, 3, 4} {
		a[i] /= squares
	}
	a[2], a[5] = a[2]/Marks, a[5]/Marks
	return a
}

// At gives the pixel of a place on the card.
func (a Affine) At(p Point) Point {
	return Point{a[0]*p.X + a[1]*p.Y + a[2], a[3]*p.X + a[4]*p.Y + a[5]}
}

// PXPerMM gives the pixels of a millimetre, least and most: they differ where the card is tilted. A map that mirrors gives 0.
func (a Affine) PXPerMM() (least, most float64) {
	det := a[0]*a[4] - a[1]*a[3]
	if !(det > 0) {
		return 0, 0
	}
	sum := a[0]*a[0] + a[1]*a[1] + a[3]*a[3] + a[4]*a[4]
	root := math.Sqrt(max(0, sum*sum-4*det*det))
	return math.Sqrt(max(0, (sum-root)/2)), math.Sqrt((sum + root) / 2)
}

// Scale gives the pixels of a millimetre by the least squares of a turn, a shift and one scale, and the card's turn clockwise
// in degrees, 0 to 360.
func (a Affine) Scale() (pxPerMM, degrees float64) {
	c, s := (a[0]+a[4])/2, (a[3]-a[1])/2
	return math.Hypot(c, s), math.Mod(math.Atan2(s, c)*180/math.Pi+360, 360)
}

// residual gives how far the marks lie from where the map has them, root mean square, in pixels.
func (a Affine) residual(seen [Marks]Point) float64 {
	var l Layout
	sum := 0.0
	for i, p := range seen {
		q := a.At(l.Mark(i))
		sum += (p.X-q.X)*(p.X-q.X) + (p.Y-q.Y)*(p.Y-q.Y)
	}
	return math.Sqrt(sum / Marks)
}
