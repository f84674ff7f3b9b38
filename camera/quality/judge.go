package quality

import "dermbox/appliance"

// Judge compares metrics with a profile's limits, in the profile's order, which is the order of usefulness: the first measure that
// failed carries the sentence to say. A failed measure carries the key of a sentence that says what to do:
// "quality.<name>.low" or "quality.<name>.high". What could not be measured fails as low, but on a live picture, where it is
// left out, as is everywhere what needs other stills and has none. Judge is pure.
func Judge(p *Profile, m Metrics) appliance.Verdict {
	v := appliance.Verdict{Profile: p.Ref(), Pass: true, Hash: m.Hash}
	for _, l := range p.Limits {
		value, measured := p.Value(m, l.Name)
		known, _ := check(l.Name) // by ParseProfile
		if m.Live && (!measured || known.Full) || known.Beside && !measured {
			continue
		}
		got := l.measure(value, measured, known.Unit)
		if !got.Pass {
			v.Pass = false
			v.HardFail = v.HardFail || l.Hard
		}
		v.Measures = append(v.Measures, got)
	}
	return v
}

// Value gives a check's number as this profile takes it, and whether there is one: the cast is told from the profile's colours of
// skin, all else is in the metrics.
func (p *Profile) Value(m Metrics, name string) (v float64, measured bool) {
	if name == Cast {
		return p.cast(m)
	}
	return m.Value(name)
}

func (l Limit) measure(value float64, measured bool, unit string) appliance.Measure {
	got := appliance.Measure{Name: l.Name, Value: value, Unit: unit, Min: l.Min, Max: l.Max, Hard: l.Hard, Pass: true}
	switch {
	case !measured, value != value, l.Min != nil && value < *l.Min:
		got.Pass, got.Key = false, "quality."+l.Name+".low"
	case l.Max != nil && value > *l.Max:
		got.Pass, got.Key = false, "quality."+l.Name+".high"
	}
	if value != value {
		got.Value = 0 // JSON has no such number
	}
	return got
}
