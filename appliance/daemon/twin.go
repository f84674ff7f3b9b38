package daemon

import (
	"dermbox/appliance"
	"dermbox/appliance/intake"
	"dermbox/camera/quality"
)

// hold puts into the metrics of a still how many bits it differs from the nearest of the other lesions' stills, and gives that
// one's label. With none to compare it puts nothing.
func hold(m *quality.Metrics, others []intake.Other) (label string) {
	nearest := quality.HashBits + 1
	for _, o := range others {
		if d, ok := quality.Distance(m.Hash, o.Hash); ok && d < nearest {
			nearest, label = d, o.Label
		}
	}
	if label == "" {
		return ""
	}
	if m.Values == nil {
		m.Values = map[string]float64{}
	}
	m.Values[quality.Twin] = float64(nearest)
	return label
}

// named says in a verdict which lesion's picture the still looks like.
func named(v appliance.Verdict, label string) appliance.Verdict {
	for i, m := range v.Measures {
		if m.Name == quality.Twin && !m.Pass {
			v.Measures[i].Params = map[string]string{"label": label}
		}
	}
	return v
}
