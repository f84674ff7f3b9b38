package evaluate

import (
	"cmp"
	"math"
	"slices"

	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
)

// Sample is one photograph of a folder that a profile is fitted to.
type Sample struct {
	Name    string
	Kind    degrade.Kind // what is wrong with a bad one, where its folder says so; "": anything
	Metrics quality.Metrics
}

// Proposal is a profile that fits good and bad photographs.
type Proposal struct {
	Profile quality.Profile `json:"profile"` // a draft: the base with other limits and the next version
	Ends    []End           `json:"ends"`
	Good    Share           `json:"good"`  // that pass all limits together
	Bad     Share           `json:"bad"`   // that are refused by any
	Right   Share           `json:"right"` // that are refused by a right check; of an unknown fault any is right
	Base    struct {
		Good Share `json:"good"`
		Bad  Share `json:"bad"`
	} `json:"base"` // the same of the profile that it began with
}

// End is one end of one limit, and what it costs.
type End struct {
	Check    string  `json:"check"`
	Max      bool    `json:"max"` // the upper end
	Base     float64 `json:"base"`
	Proposed float64 `json:"proposed"`
	Trades   []Trade `json:"trades"` // from the loosest
}

// Trade is what an end at a threshold does by itself.
type Trade struct {
	Threshold float64 `json:"threshold"`
	Good      Share   `json:"good"` // kept
	Bad       Share   `json:"bad"`  // refused, of those that this check is right to refuse
}

// Fit proposes limits under which at least the share keep of the good pass all of them together, and as many of the bad as can be are refused
// for the right reason. Each kind of bad counts the same. It begins with limits that refuse no good one and tightens, step by step, the
// end that refuses most bad for each good one that it costs. Limits in pixels are the optics' and stay. The same samples give the same limits.
func Fit(base *quality.Profile, good, bad []Sample, keep float64) Proposal {
	f := newFitting(base, good, bad)
	budget := int(math.Floor((1 - keep) * float64(len(good))))
	for f.tighten(budget) {
	}
	return f.proposal()
}

// fitting is a fit under way.
type fitting struct {
	base      *quality.Profile
	good, bad []Sample
	ends      []*end
	lost      []int // for each good one, how many ends refuse it
	caught    []int // for each bad one, how many right ends refuse it
	weight    []float64
}

// end is one end of a limit while it is fitted. Values are turned round for lower ends, so that more is always worse.
type end struct {
	limit      int // its place in the profile
	upper      bool
	check      string
	base       float64
	good, bad  []float64
	right      []bool    // of each bad one
	thresholds []float64 // from the loosest
	at         int       // the threshold that is taken
}

func newFitting(base *quality.Profile, good, bad []Sample) *fitting {
	f := &fitting{base: base, good: good, bad: bad, lost: make([]int, len(good)), caught: make([]int, len(bad)), weight: weights(bad)}
	for i, l := range base.Limits {
		if l.Min != nil {
			f.ends = append(f.ends, f.end(i, l, false, *l.Min))
		}
		if l.Max != nil {
			f.ends = append(f.ends, f.end(i, l, true, *l.Max))
		}
	}
	for _, e := range f.ends {
		for i, v := range e.good {
			if e.refuses(v, 0) {
				f.lost[i]++
			}
		}
		for i, v := range e.bad {
			if e.right[i] && e.refuses(v, 0) {
				f.caught[i]++
			}
		}
	}
	return f
}

// weights lets each kind of fault count the same.
func weights(bad []Sample) []float64 {
	n := map[degrade.Kind]float64{}
	for _, s := range bad {
		n[s.Kind]++
	}
	out := make([]float64, len(bad))
	for i, s := range bad {
		out[i] = 1 / n[s.Kind]
	}
	return out
}

func (f *fitting) end(limit int, l quality.Limit, upper bool, base float64) *end {
	e := &end{limit: limit, upper: upper, check: l.Name, base: base}
	for _, s := range f.good {
		e.good = append(e.good, e.value(f.base, s.Metrics))
	}
	for _, s := range f.bad {
		e.bad = append(e.bad, e.value(f.base, s.Metrics))
		e.right = append(e.right, e.mayRefuse(s.Kind))
	}
	e.thresholds = e.choose()
	return e
}

// value gives a sample's value, turned round for a lower end. What could not be measured is refused whatever the limit, as the gate does.
func (e *end) value(base *quality.Profile, m quality.Metrics) float64 {
	v, measured := base.Value(m, e.check)
	switch {
	case !measured || math.IsNaN(v):
		return math.Inf(1)
	case e.upper:
		return v
	}
	return -v
}

func (e *end) mayRefuse(k degrade.Kind) bool {
	row, known := Strength(k)
	which := "low"
	if e.upper {
		which = "high"
	}
	return !known || slices.ContainsFunc(row.Reasons, func(r Reason) bool { return r.Check == e.check && (r.End == "" || r.End == which) })
}

// fixed says that the end is not fitted: pixels are the optics' matter, not the picture's, and another still is not of this picture.
func (e *end) fixed() bool {
	return slices.ContainsFunc(quality.Checks(), func(c quality.Check) bool { return c.Name == e.check && (c.Unit == "px" || c.Beside) })
}

// choose lists the thresholds to try: first one that every good picture passes with some room, a twentieth of the good ones' spread or a tenth
// of the way to the base's limit, since a few pictures are not all; then those half-way between two good ones.
func (e *end) choose() []float64 {
	base := e.base
	if !e.upper {
		base = -base
	}
	sorted := slices.DeleteFunc(slices.Clone(e.good), func(v float64) bool { return math.IsInf(v, 1) })
	if e.fixed() || len(sorted) == 0 {
		return []float64{base}
	}
	slices.Sort(sorted)
	slices.Reverse(sorted)
	n := len(sorted)
	loosest := sorted[0] + max(0.05*(sorted[n/20]-sorted[n-1-n/20]), 0.1*(base-sorted[0]), 1e-6)
	if !e.told(sorted[n/5]) {
		return []float64{max(base, loosest)}
	}
	list := []float64{loosest}
	for i := 0; i+1 < n && i <= n/5; i++ {
		if sorted[i] > sorted[i+1] {
			list = append(list, (sorted[i]+sorted[i+1])/2)
		}
	}
	return list
}

// told says whether any bad picture that the end is right to refuse lies beyond a value, so that the end can be fitted at all.
func (e *end) told(beyond float64) bool {
	for i, v := range e.bad {
		if e.right[i] && v > beyond && !math.IsInf(v, 1) {
			return true
		}
	}
	return false
}

func (e *end) refuses(v float64, at int) bool { return v > e.thresholds[at] }

// tighten takes the best next step that the budget allows; false when there is none.
func (f *fitting) tighten(budget int) bool {
	spent := 0
	for _, n := range f.lost {
		if n > 0 {
			spent++
		}
	}
	var best *end
	bestAt, bestValue := 0, 0.0
	for _, e := range f.ends {
		for at := e.at + 1; at < len(e.thresholds); at++ {
			cost, gain := f.step(e, at)
			if spent+cost > budget {
				break
			}
			if value := gain / (float64(cost) + 0.25); gain > 0 && value > bestValue {
				best, bestAt, bestValue = e, at, value
			}
		}
	}
	if best == nil {
		return false
	}
	f.take(best, bestAt)
	return true
}

// step gives how many good ones a tighter threshold costs anew, and the weight of the bad that it refuses anew.
func (f *fitting) step(e *end, at int) (cost int, gain float64) {
	for i, v := range e.good {
		if f.lost[i] == 0 && e.refuses(v, at) {
			cost++
		}
	}
	for i, v := range e.bad {
		if f.caught[i] == 0 && e.right[i] && e.refuses(v, at) {
			gain += f.weight[i]
		}
	}
	return cost, gain
}

func (f *fitting) take(e *end, at int) {
	for i, v := range e.good {
		if e.refuses(v, at) && !e.refuses(v, e.at) {
			f.lost[i]++
		}
	}
	for i, v := range e.bad {
		if e.right[i] && e.refuses(v, at) && !e.refuses(v, e.at) {
			f.caught[i]++
		}
	}
	e.at = at
}

// rounded gives a threshold with four digits, rounded so that nothing is refused that was not.
func rounded(turned float64) float64 {
	if turned == 0 || math.IsInf(turned, 0) {
		return turned
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(turned))))
	return math.Ceil(turned*scale) / scale
}

// result gives the threshold as the profile has it.
func (e *end) result(turned float64) float64 {
	if !e.upper {
		turned = -turned
	}
	return turned
}

func (f *fitting) proposal() Proposal {
	p := Proposal{Profile: *f.base}
	p.Profile.Version++
	p.Profile.Limits = slices.Clone(f.base.Limits)
	for _, e := range f.ends {
		proposed := e.result(e.thresholds[e.at])
		if !e.fixed() {
			proposed = e.result(rounded(e.thresholds[e.at]))
		}
		l := &p.Profile.Limits[e.limit]
		if e.upper {
			l.Max = &proposed
		} else {
			l.Min = &proposed
		}
		p.Ends = append(p.Ends, End{Check: e.check, Max: e.upper, Base: e.base, Proposed: proposed, Trades: e.trades()})
	}
	for _, s := range f.good {
		p.Good.Add(quality.Judge(&p.Profile, s.Metrics).Pass)
		p.Base.Good.Add(quality.Judge(f.base, s.Metrics).Pass)
	}
	for _, s := range f.bad {
		v := quality.Judge(&p.Profile, s.Metrics)
		row, known := Strength(s.Kind)
		_, right := Right(v, row.Reasons)
		p.Bad.Add(!v.Pass)
		p.Right.Add(right || !known && !v.Pass)
		p.Base.Bad.Add(!quality.Judge(f.base, s.Metrics).Pass)
	}
	return p
}

// trades shows the end at a few shares of the good, without what the other ends do.
func (e *end) trades() (list []Trade) {
	if e.fixed() {
		return nil
	}
	sorted := slices.Clone(e.good)
	slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
	for _, cost := range []float64{0, 0.01, 0.02, 0.05, 0.1} {
		i := int(cost * float64(len(sorted)))
		if i >= len(sorted) || math.IsInf(sorted[i], 1) {
			continue
		}
		turned := rounded(sorted[i])
		if len(list) > 0 && list[len(list)-1].Threshold == e.result(turned) {
			continue
		}
		t := Trade{Threshold: e.result(turned)}
		for _, v := range e.good {
			t.Good.Add(v <= turned)
		}
		for k, v := range e.bad {
			if e.right[k] {
				t.Bad.Add(v > turned)
			}
		}
		list = append(list, t)
	}
	return list
}
