package live

import (
	"dermbox/appliance"
	"dermbox/camera/quality"
)

// Hint is what a page shows of the live picture. The zero hint says that nothing is known, and a page shows nothing then.
type Hint struct {
	Known  bool
	Pass   bool    // a still like this frame would pass, as far as a reduced picture can tell
	Hard   bool    // no model would see it
	Key    string  // of the one most useful sentence; "" when it passes
	Meters []Meter // in the order of the page; what was not measured is left out
}

// Meter is one measure as a word and a bar.
type Meter struct {
	Name  string  // one of the Meter constants
	Key   string  // of its word
	Share float64 // how full its bar is, 0 to 1: a limit lies at the half, or at a quarter and three quarters where there are two
	Good  bool
}

// The meters, in the page's order.
const (
	MeterFocus      = "focus"
	MeterBrightness = "brightness"
	MeterGlare      = "glare"
	MeterLesion     = "lesion"
)

// meters says which measures each meter shows: the first that failed, else the first that was measured.
var meters = []struct {
	name  string
	shows []string
}{
	{MeterFocus, []string{quality.Motion, quality.Focus}},
	{MeterBrightness, []string{quality.ExposureMean}},
	{MeterGlare, []string{quality.Glare, quality.ClippedHigh}},
	{MeterLesion, []string{quality.LesionContrast, quality.LesionCut, quality.LesionMargin}},
}

// Meters lists the names of all meters.
func Meters() (names []string) {
	for _, m := range meters {
		names = append(names, m.name)
	}
	return names
}

// Of gives the hint of one verdict on a live picture. The sentence is that of the first measure that failed: the profile's order
// is the order of usefulness. Where nothing failed and no meter shows anything nothing is known.
func Of(v appliance.Verdict) Hint {
	h := Hint{Known: true, Pass: v.Pass, Hard: v.HardFail}
	for _, m := range v.Measures {
		if !m.Pass {
			h.Key = m.Key
			break
		}
	}
	for _, m := range meters {
		if shown := pick(v.Measures, m.shows); shown != nil {
			h.Meters = append(h.Meters, Meter{Name: m.name, Key: word(*shown), Share: share(*shown), Good: shown.Pass})
		}
	}
	if h.Key == "" && len(h.Meters) == 0 {
		return Hint{}
	}
	return h
}

func pick(measures []appliance.Measure, names []string) (shown *appliance.Measure) {
	for _, name := range names {
		for i, m := range measures {
			if m.Name == name && (shown == nil || shown.Pass && !m.Pass) {
				shown = &measures[i]
			}
		}
	}
	return shown
}

// word gives the key of a measure's word: "quality.word.<name>.good", or the word of the end at which it failed.
func word(m appliance.Measure) string {
	end := "good"
	switch {
	case m.Pass:
	case m.Max != nil && m.Value > *m.Max:
		end = "high"
	default:
		end = "low"
	}
	return "quality.word." + m.Name + "." + end
}

// share gives how full a measure's bar is: see Meter.
func share(m appliance.Measure) float64 {
	half := func(limit float64) float64 {
		if limit <= 0 {
			return 0
		}
		return min(max(m.Value/(2*limit), 0), 1)
	}
	switch {
	case m.Min != nil && m.Max != nil:
		width := *m.Max - *m.Min
		if width <= 0 {
			return 0
		}
		return min(max((m.Value-*m.Min)/(2*width)+0.25, 0), 1)
	case m.Min != nil:
		return half(*m.Min)
	default:
		return half(*m.Max)
	}
}
