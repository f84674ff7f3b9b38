package pack

import (
	"fmt"
	"math"
	"slices"

	"dermbox/appliance"
)

// vocabulary is every class of domain 1.10, the most severe first; a manifest must place each one.
var vocabulary = []appliance.Class{
	appliance.Melanoma, appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus,
	appliance.Benign,
}

var activations = []Activation{Softmax, Sigmoid, LogitsSoftmax, LogitsSigmoid}

// exclusive says that the probabilities add up to 1.
func (o Output) exclusive() bool { return o.Activation == Softmax || o.Activation == LogitsSoftmax }

// logits says that the tensor does not hold probabilities yet.
func (o Output) logits() bool { return o.Activation == LogitsSoftmax || o.Activation == LogitsSigmoid }

func (m *Manifest) checkOutput() error {
	o := m.Output
	switch {
	case len(o.Labels) < 2 || len(o.Labels) > 64:
		return bad("output.labels", len(o.Labels), "2 to 64 labels")
	case !slices.Contains(activations, o.Activation):
		return bad("output.activation", o.Activation, "one of "+joined(activations))
	case o.Temperature != 0 && !o.logits():
		return bad("output.temperature", o.Temperature, "left out for "+string(o.Activation)+": only logits are divided by it")
	case o.Temperature != 0 && !(o.Temperature >= 0.01 && o.Temperature <= 100):
		return bad("output.temperature", o.Temperature, "0.01 to 100")
	case len(o.Classes) != len(o.Labels):
		return bad("output.classes", len(o.Classes), "one for each label")
	}
	for i, label := range o.Labels {
		mapping, ok := o.Classes[label]
		field := "output.classes." + shown(label)
		switch {
		case !labelForm.MatchString(label) || slices.Contains(o.Labels[:i], label):
			return bad("output.labels", label, "lower-case letters, digits and underscores, at most 32, each label once")
		case !ok:
			return bad(field, "", "there: each label needs a threshold")
		case !(mapping.Threshold > 0 && mapping.Threshold <= 1): // 0 would let every picture through
			return bad(field+".threshold", mapping.Threshold, "above 0 and at most 1")
		}
	}
	return nil
}

// checkClasses: each class of the vocabulary is either told by a label and ranked, or declared not assessed.
func (m *Manifest) checkClasses() error {
	told := map[appliance.Class]bool{}
	for _, label := range m.Output.Labels {
		class := m.Output.Classes[label].Class
		if class != "" && !slices.Contains(vocabulary, class) {
			return bad("output.classes."+label+".class", class, "left out, or one of "+joined(vocabulary))
		}
		told[class] = class != ""
	}
	for _, class := range vocabulary {
		ranked, absent := count(m.Hierarchy, class), count(m.NotAssessed, class)
		switch {
		case told[class] && ranked != 1:
			return bad("hierarchy", class, "each class that a label stands for, once")
		case told[class] && absent != 0:
			return bad("not_assessed", class, "the classes that no label stands for")
		case !told[class] && ranked != 0:
			return bad("hierarchy", class, "classes that a label stands for, and no other")
		case !told[class] && absent != 1:
			return bad("not_assessed", class, "each class that no label stands for, once")
		}
	}
	if len(m.Hierarchy)+len(m.NotAssessed) != len(vocabulary) {
		return bad("hierarchy", joined(m.Hierarchy), "classes of "+joined(vocabulary))
	}
	return nil
}

// checkHierarchy: the vocabulary's own order is the floor. A manifest could otherwise rank a melanoma below a benign lesion.
func (m *Manifest) checkHierarchy() error {
	last := -1
	for _, class := range m.Hierarchy {
		rank := slices.Index(vocabulary, class)
		if rank < last {
			return bad("hierarchy", class, "in the order "+joined(vocabulary)+", the most severe first")
		}
		last = rank
	}
	if len(m.Hierarchy) == 0 || m.Hierarchy[0] == appliance.Benign {
		return bad("hierarchy", joined(m.Hierarchy), "at least one class worse than "+string(appliance.Benign)+": such a model could raise no alarm")
	}
	return nil
}

func count(classes []appliance.Class, want appliance.Class) int {
	n := 0
	for _, c := range classes {
		if c == want {
			n++
		}
	}
	return n
}

// Tolerance of the known answers: what another processor's kernels may change, and no more.
const (
	maxToleranceFloat     = 1e-4
	maxToleranceQuantised = 0.004 // one step of 1/256
	maxToleranceLogits    = 0.05  // one step of a quantised logit is more of a probability
)

func (m *Manifest) checkTolerance() error {
	most := maxToleranceFloat
	if m.Input.DType != "float32" {
		most = maxToleranceQuantised
		if m.Output.logits() {
			most = maxToleranceLogits
		}
	}
	if !(m.Tolerance > 0 && m.Tolerance <= most) || math.IsInf(m.Tolerance, 0) {
		return bad("golden_tolerance", m.Tolerance, fmt.Sprintf("above 0 and at most %v for %s input", most, m.Input.DType))
	}
	return nil
}

// ToleranceAt gives how far another processor may move a probability that lies near threshold, 0 to 1. What moves by a step of its own is the
// output: of a probability that is Tolerance everywhere; of a logit it is Tolerance at a half and less towards 0 and 1, in
// the proportion of p(1-p), the slope of softmax and sigmoid.
func (m *Manifest) ToleranceAt(threshold float64) float64 {
	if m.Output.logits() {
		return 4 * threshold * (1 - threshold) * m.Tolerance
	}
	return m.Tolerance
}
