package demo

import "slices"

// Point is one value at a time in seconds.
type Point struct{ At, Value float64 }

// Trend is how a series went after its warm-up.
type Trend struct {
	What   string  `json:"what"`
	Unit   string  `json:"unit"`
	First  float64 `json:"first"` // medians of the first and last quarter after the warm-up
	Last   float64 `json:"last"`
	Growth float64 `json:"growth"` // of the fitted line, from the end of the warm-up to the end
	Bound  float64 `json:"bound"`
	Grew   bool    `json:"grew"` // Growth is over Bound
}

// Fit fits a line through the points after the warm-up, by the median of the slopes between any two of them (Theil and Sen):
// a spike now and then moves it not at all. Fewer than four points show no growth.
func Fit(what, unit string, bound, warmUp float64, points []Point) Trend {
	t := Trend{What: what, Unit: unit, Bound: bound}
	points = slices.DeleteFunc(slices.Clone(points), func(p Point) bool { return p.At < warmUp })
	if len(points) < 4 {
		return t
	}
	var slopes []float64
	for i, a := range points {
		for _, b := range points[i+1:] {
			if b.At > a.At {
				slopes = append(slopes, (b.Value-a.Value)/(b.At-a.At))
			}
		}
	}
	quarter := max(1, len(points)/4)
	t.First, t.Last = middle(points[:quarter]), middle(points[len(points)-quarter:])
	if len(slopes) > 0 {
		slices.Sort(slopes)
		t.Growth = slopes[len(slopes)/2] * (points[len(points)-1].At - points[0].At)
	}
	t.Grew = t.Growth > bound
	return t
}

// Least gives the smallest value of each stretch of so many seconds. For memory: what the next collection frees is no growth.
func Least(points []Point, seconds float64) (least []Point) {
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
