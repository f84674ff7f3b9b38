package evaluate

import "slices"

// AUC gives the area under the ROC curve: the chance that a value of with lies above one of without, a tie counting half
// (the Mann-Whitney statistic over its maximum). Neither may be empty.
func AUC(with, without []float64) float64 {
	return newRanking(with, without).auc(nil, nil)
}

// ranking is two lists of values, sorted together once, so that each resample is counted in one pass.
type ranking struct {
	levels       []float64 // the distinct values, rising
	with         []int     // for each value of the first list, the place of its level
	without      []int     // for each value of the second
	above, below []float64 // room for counts at each level
}

func newRanking(with, without []float64) *ranking {
	levels := slices.Sorted(slices.Values(slices.Concat(with, without)))
	levels = slices.Compact(levels)
	r := &ranking{levels: levels, above: make([]float64, len(levels)), below: make([]float64, len(levels))}
	r.with, r.without = r.places(with), r.places(without)
	return r
}

func (r *ranking) places(values []float64) []int {
	list := make([]int, len(values))
	for i, v := range values {
		list[i], _ = slices.BinarySearch(r.levels, v)
	}
	return list
}

// count fills the counts at each level of a resample; nil takes every value once.
func (r *ranking) count(with, without []int) {
	clear(r.above)
	clear(r.below)
	fill(r.above, r.with, with)
	fill(r.below, r.without, without)
}

func fill(counts []float64, places, chosen []int) {
	if chosen == nil {
		for _, p := range places {
			counts[p]++
		}
		return
	}
	for _, i := range chosen {
		counts[places[i]]++
	}
}

// auc counts the resample and gives its area.
func (r *ranking) auc(with, without []int) float64 {
	r.count(with, without)
	wins, below := 0.0, 0.0
	for i, n := range r.above {
		wins += n * (below + r.below[i]/2)
		below += r.below[i]
	}
	return wins / float64(len(r.with)*len(r.without))
}

// apart says that every value of one list lies above every value of the other: no resample can differ then.
func (r *ranking) apart() bool {
	return len(r.with) > 0 && len(r.without) > 0 && (slices.Min(r.with) > slices.Max(r.without) || slices.Max(r.with) < slices.Min(r.without))
}

// Point is a point of a ROC curve, both 0 to 1.
type Point struct {
	FalsePositive float64 `json:"false_positive"` // share of the others at or above Score
	TruePositive  float64 `json:"true_positive"`  // share of the label's own
	Score         float64 `json:"score"`          // from which on a picture counts as positive; above 1 at the first point
}

// ROC gives the curve from (0, 0) to (1, 1), one point for each distinct value, from the highest.
func ROC(with, without []float64) []Point {
	r := newRanking(with, without)
	r.count(nil, nil)
	points := []Point{{Score: 2}}
	up, across := 0.0, 0.0
	for i := len(r.levels) - 1; i >= 0; i-- {
		up, across = up+r.above[i], across+r.below[i]
		points = append(points, Point{across / float64(len(without)), up / float64(len(with)), r.levels[i]})
	}
	return points
}

// bandSteps is at how many places along the axis a band is given, both ends among them.
const bandSteps = 101

// curve writes the true positive share at each of bandSteps false positive shares of the counted resample: of several points at one
// place the highest, between two points the straight line.
func (r *ranking) curve(out []float64) {
	up, across, n, m := 0.0, 0.0, float64(len(r.with)), float64(len(r.without))
	step := 0
	for i := len(r.levels) - 1; i >= 0; i-- {
		nextUp, nextAcross := up+r.above[i]/n, across+r.below[i]/m
		for ; step < bandSteps && float64(step)/(bandSteps-1) < nextAcross-1e-12; step++ {
			at := (float64(step)/(bandSteps-1) - across) / (nextAcross - across)
			out[step] = up + max(0, at)*(nextUp-up)
		}
		up, across = nextUp, nextAcross
	}
	for ; step < bandSteps; step++ {
		out[step] = 1
	}
}
