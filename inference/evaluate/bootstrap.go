package evaluate

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
)

// Bootstrap says how intervals are made that no formula gives: resamples with replacement, within the pictures of the label and
// within the others (stratified), so that each resample has as many of both as there are; the interval lies between the
// percentiles 2.5 and 97.5.
type Bootstrap struct {
	Method    string  `json:"method"` // "stratified percentile"
	Resamples int     `json:"resamples"`
	Seed      uint64  `json:"seed"`
	Level     float64 `json:"level"` // 0.95
}

// The least of pictures that figures are given for.
const (
	MinEach  = 10 // of a label and of the others, for an AUC
	MinGroup = 10 // of a group
)

// Why a figure is not given.
const (
	None  = "none"  // there is no such picture
	Few   = "few"   // fewer than MinEach or MinGroup
	Apart = "apart" // only the interval: all of the one lie above all of the others, and resampling cannot say how far that holds
)

// Estimate is a figure with its interval; what is null is not given, and Withheld says why.
type Estimate struct {
	Value    *float64 `json:"value"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	N        int      `json:"n"`                  // pictures of the label; of all for a figure without
	Others   int      `json:"others"`             // pictures of the other labels; 0 for a figure without
	Withheld string   `json:"withheld,omitempty"` // None, Few or Apart
}

// random gives the chance numbers of one figure: they depend on its name and the seed alone, not on what was counted before it.
func (b Bootstrap) random(name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	return rand.New(rand.NewPCG(b.Seed, h.Sum64()))
}

func draw(random *rand.Rand, into []int) {
	for i := range into {
		into[i] = random.IntN(len(into))
	}
}

// auc gives an area with its interval, and the curve's band where it is wanted.
func (b Bootstrap) auc(name string, with, without []float64, band *Band) Estimate {
	e := Estimate{N: len(with), Others: len(without)}
	switch {
	case len(with) == 0 || len(without) == 0:
		e.Withheld = None
		return e
	case len(with) < MinEach || len(without) < MinEach:
		e.Withheld = Few
		return e
	}
	r := newRanking(with, without)
	e.Value = at(r.auc(nil, nil))
	if r.apart() {
		e.Withheld = Apart
		return e
	}
	random := b.random(name)
	areas := make([]float64, b.Resamples)
	curves := newCurves(band, b.Resamples)
	chosen, others := make([]int, len(with)), make([]int, len(without))
	for i := range areas {
		draw(random, chosen)
		draw(random, others)
		areas[i] = r.auc(chosen, others)
		curves.add(r, i)
	}
	curves.band(band)
	e.Low, e.High = interval(areas)
	return e
}

// Band is a ROC curve's interval at evenly spaced false positive shares from 0 to 1.
type Band struct{ Low, High []float64 }

// curves are the resamples' curves: for each place its shares.
type curves [][]float64

func newCurves(band *Band, resamples int) curves {
	if band == nil {
		return nil
	}
	c := make(curves, bandSteps)
	for i := range c {
		c[i] = make([]float64, resamples)
	}
	return c
}

func (c curves) add(r *ranking, i int) {
	if c == nil {
		return
	}
	var curve [bandSteps]float64
	r.curve(curve[:])
	for k, v := range curve {
		c[k][i] = v
	}
}

func (c curves) band(b *Band) {
	for _, shares := range c {
		low, high := interval(shares)
		b.Low, b.High = append(b.Low, *low), append(b.High, *high)
	}
}

// mean gives a statistic of pictures of several kinds with its interval; the resamples keep the number of each kind.
func (b Bootstrap) mean(name string, kinds [][]int, n int, statistic func(chosen []int) float64) Estimate {
	e := Estimate{N: n}
	if n < MinGroup {
		e.Withheld = Few
		if n == 0 {
			e.Withheld = None
		}
		return e
	}
	e.Value = at(statistic(slices.Concat(kinds...)))
	random := b.random(name)
	values, chosen := make([]float64, b.Resamples), make([]int, 0, n)
	for i := range values {
		chosen = chosen[:0]
		for _, kind := range kinds {
			for range kind {
				chosen = append(chosen, kind[random.IntN(len(kind))])
			}
		}
		values[i] = statistic(chosen)
	}
	e.Low, e.High = interval(values)
	return e
}

// interval gives the percentiles 2.5 and 97.5; values are sorted by it.
func interval(values []float64) (low, high *float64) {
	slices.Sort(values)
	return at(Quantile(values, 0.025)), at(Quantile(values, 0.975))
}

// Quantile gives the value below which the share p of the sorted values lies, on the straight line between two of them, as NumPy does it.
func Quantile(sorted []float64, p float64) float64 {
	place := p * float64(len(sorted)-1)
	i := int(math.Floor(place))
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (place-float64(i))*(sorted[i+1]-sorted[i])
}

func at(v float64) *float64 { return &v }
