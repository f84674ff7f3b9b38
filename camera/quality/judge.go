package quality

import "dermbox/appliance"

// The names of the measures.
const (
	Focus        = "focus"
	ExposureMean = "exposure_mean"
	ClippedHigh  = "clipped_high"
	ClippedLow   = "clipped_low"
	FieldPX      = "field_px"
	ImagePX      = "image_px"
)

// Names lists every measure; a profile has a limit for each.
func Names() []string {
	return []string{FieldPX, ImagePX, Focus, ExposureMean, ClippedHigh, ClippedLow}
}

// value gives a measure's number and unit.
func (m Metrics) value(name string) (v float64, unit string) {
	switch name {
	case Focus:
		return m.Focus, "1"
	case ExposureMean:
		return m.ExposureMean, "luma"
	case ClippedHigh:
		return m.ClippedHigh, "share"
	case ClippedLow:
		return m.ClippedLow, "share"
	case FieldPX:
		return m.Field.Size, "px"
	case ImagePX:
		return float64(min(m.Width, m.Height)), "px"
	}
	return 0, ""
}

// Judge compares metrics with a profile's limits, in the profile's order. A failed measure carries the key of a sentence
// that says what to do: "quality.<name>.low" or "quality.<name>.high". A value that is not a number fails as low. Judge is
// pure.
func Judge(p *Profile, m Metrics) appliance.Verdict {
	v := appliance.Verdict{Profile: p.Ref(), Pass: true}
	for _, l := range p.Limits {
		got := l.measure(m)
		if !got.Pass {
			v.Pass = false
			v.HardFail = v.HardFail || l.Hard
		}
		v.Measures = append(v.Measures, got)
	}
	return v
}

func (l Limit) measure(m Metrics) appliance.Measure {
	value, unit := m.value(l.Name)
	got := appliance.Measure{Name: l.Name, Value: value, Unit: unit, Min: l.Min, Max: l.Max, Hard: l.Hard, Pass: true}
	switch {
	case value != value, l.Min != nil && value < *l.Min:
		got.Pass, got.Key = false, "quality."+l.Name+".low"
	case l.Max != nil && value > *l.Max:
		got.Pass, got.Key = false, "quality."+l.Name+".high"
	}
	if value != value {
		got.Value = 0 // JSON has no such number
	}
	return got
}
