package demo

import (
	"cmp"
	"slices"
	"strconv"

	"dermbox/appliance"
)

// Point is one value at a time in seconds.
type Point struct{ At, Value float64 }

// Trend is how a series went after its warm-up.
type Trend struct {
	What   string  `json:"what"`
	Unit   string  `json:"unit"`
	First  float64 `json:"first"` // medians of the first and last quarter after the warm-up
	Last   float64 `json:"last"`
	Growth float64 `json:"growth"` // of the fitted line, or of the medians of what is counted
	Bound  float64 `json:"bound"`
	Grew   bool    `json:"grew"` // Growth is over Bound
}

// Series is one thing that a soak measured.
type Series struct {
	What, Unit string
	Bound      float64 // on its growth after the warm-up
	WarmUp     float64 // seconds of the soak that do not count
	Memory     bool    // the least of each stretch counts: what the next collection frees is no growth
	Points     []Point
}

// The most seconds of which the least memory counts, into how many stretches a short soak is divided at least, and how few
// points say nothing.
const (
	stretchMost = 25
	stretches   = 8
	pointsLeast = 4
)

// Fit fits a line through the points after the warm-up, by the median of the slopes between any two of them (Theil and Sen):
// a spike now and then moves it not at all. What is counted has also grown when it only rose once and stays up, which a line
// may miss; and memory has not while its floor stays, since the daemon gives back only every half minute or so. Fewer than four
// points are an error: a trend that nobody saw is not a flat one.
func (s Series) Fit() (Trend, error) {
	t := Trend{What: s.What, Unit: s.Unit, Bound: s.Bound}
	points := slices.DeleteFunc(slices.Clone(s.Points), func(p Point) bool { return p.At < s.WarmUp })
	floor := rise(points)
	if s.Memory && len(points) > 0 {
		points = Least(points, min(stretchMost, (points[len(points)-1].At-points[0].At)/stretches))
	}
	if len(points) < pointsLeast {
		return t, appliance.E(appliance.Internal, "demo.soak_short", nil, "what", s.What, "points", strconv.Itoa(len(points)))
	}
	quarter := max(1, len(points)/4)
	t.First, t.Last = middle(points[:quarter]), middle(points[len(points)-quarter:])
	t.Growth = slope(points) * (points[len(points)-1].At - points[0].At)
	if rose := t.Last - t.First; !s.Memory && rose > s.Bound {
		t.Growth = max(t.Growth, rose)
	}
	if s.Memory {
		t.Growth = min(t.Growth, floor)
	}
	t.Grew = t.Growth > s.Bound
	return t, nil
}

// rise gives by how much the floor rose over the whole time: from the least value of the first third to that of the last, and
// half as much again, since a straight rise has two thirds of itself between them.
func rise(points []Point) float64 {
	third := len(points) / 3
	if third == 0 {
		return 0
	}
	least := func(points []Point) float64 {
		return slices.MinFunc(points, func(a, b Point) int { return cmp.Compare(a.Value, b.Value) }).Value
	}
	return 1.5 * (least(points[len(points)-third:]) - least(points[:third]))
}

// slope gives the median of the slopes between any two points; 0 when all are of one time.
func slope(points []Point) float64 {
	var slopes []float64
	for i, a := range points {
		for _, b := range points[i+1:] {
			if b.At > a.At {
				slopes = append(slopes, (b.Value-a.Value)/(b.At-a.At))
			}
		}
	}
	if len(slopes) == 0 {
		return 0
	}
	slices.Sort(slopes)
	return slopes[len(slopes)/2]
}

// Least gives the smallest value of each stretch of so many seconds; 0 gives the points as they are.
func Least(points []Point, seconds float64) (least []Point) {
	if seconds <= 0 {
		return points
	}
	for _, p := range points {
		switch last := len(least) - 1; {
		case last < 0 || int(p.At/seconds) != int(least[last].At/seconds):
			least = append(least, p)
		case p.Value < least[last].Value:
			least[last] = p
		}
	}
	return least
}

// middle gives the median value.
func middle(points []Point) float64 {
	values := make([]float64, len(points))
	for i, p := range points {
		values[i] = p.Value
	}
	slices.Sort(values)
	return values[len(values)/2]
}
