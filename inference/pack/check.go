package pack

import (
	"encoding/hex"
	"fmt"
	"math"
	"regexp"
	"slices"

	"dermbox/appliance"
)

// vocabulary is every class of domain 1.10; a manifest must place each one.
var vocabulary = []appliance.Class{
	appliance.Melanoma, appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus,
	appliance.Benign,
}

var (
	idForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	labelForm   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	opticsForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	versionForm = regexp.MustCompile(`^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$`)
)

// Check gives an Invalid error "pack.manifest_value" that names the first field that breaks a rule of the manifest.
func (m *Manifest) Check() error {
	checks := []func() error{m.checkIdentity, m.checkMembers, m.Input.Check, m.checkOutput, m.checkClasses, m.checkUse}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (m *Manifest) checkIdentity() error {
	switch {
	case m.Schema != Schema:
		return bad("schema", m.Schema)
	case !idForm.MatchString(m.ID):
		return bad("id", m.ID)
	case m.Version < 1:
		return bad("version", m.Version)
	case m.IssuedAt.IsZero():
		return bad("issued_at", "")
	case m.Name == "" || len(m.Name) > 200:
		return bad("name", len(m.Name))
	case !slices.Contains([]Status{Simulation, Demonstration, Evaluation, Approved}, m.Status):
		return bad("status", m.Status)
	case m.IntendedUse == "" || len(m.IntendedUse) > 2000:
		return bad("intended_use", len(m.IntendedUse))
	}
	return nil
}

func (m *Manifest) checkMembers() error {
	if len(m.Members) != len(payloadNames) {
		return bad("members", len(m.Members))
	}
	for i, member := range m.Members {
		sum, err := hex.DecodeString(member.SHA256)
		if member.Name != payloadNames[i] || member.Size < 1 || member.Size > maxSize[member.Name] || err != nil || len(sum) != 32 {
			return bad("members", payloadNames[i])
		}
	}
	return nil
}

func (m *Manifest) checkOutput() error {
	o := m.Output
	if len(o.Labels) < 2 || len(o.Labels) > 64 || len(o.Classes) != len(o.Labels) {
		return bad("output.labels", len(o.Labels))
	}
	if !slices.Contains([]Activation{Softmax, Sigmoid, LogitsSoftmax, LogitsSigmoid}, o.Activation) {
		return bad("output.activation", o.Activation)
	}
	logits := o.Activation == LogitsSoftmax || o.Activation == LogitsSigmoid
	if o.Temperature != 0 && (!logits || !(o.Temperature > 0) || math.IsInf(o.Temperature, 0)) {
		return bad("output.temperature", o.Temperature)
	}
	for i, label := range o.Labels {
		mapping, ok := o.Classes[label]
		if !ok || !labelForm.MatchString(label) || slices.Contains(o.Labels[:i], label) {
			return bad("output.classes", label)
		}
		if !(mapping.Threshold > 0 && mapping.Threshold <= 1) { // 0 would let every picture through
			return bad("output.classes."+label+".threshold", mapping.Threshold)
		}
	}
	return nil
}

// checkClasses: each class of the vocabulary is either told by a label and ranked, or declared not assessed.
func (m *Manifest) checkClasses() error {
	told := map[appliance.Class]bool{}
	for label, mapping := range m.Output.Classes {
		if mapping.Class != "" && !slices.Contains(vocabulary, mapping.Class) {
			return bad("output.classes."+label+".class", mapping.Class)
		}
		told[mapping.Class] = true
	}
	for _, class := range vocabulary {
		ranked, absent := count(m.Hierarchy, class), count(m.NotAssessed, class)
		if told[class] && (ranked != 1 || absent != 0) || !told[class] && (ranked != 0 || absent != 1) {
			return bad("hierarchy", class)
		}
	}
	if len(m.Hierarchy)+len(m.NotAssessed) != len(vocabulary) {
		return bad("hierarchy", len(m.Hierarchy))
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

func (m *Manifest) checkUse() error {
	if len(m.Optics) < 1 || len(m.Optics) > 64 {
		return bad("optics", len(m.Optics))
	}
	for _, o := range m.Optics {
		if !opticsForm.MatchString(string(o.ID)) || !(o.FieldFraction > 0 && o.FieldFraction <= 1) {
			return bad("optics", o.ID)
		}
	}
	switch {
	case !versionForm.MatchString(m.MinRuntime):
		return bad("min_runtime", m.MinRuntime)
	case len(m.Licences) == 0:
		return bad("licences", 0)
	case !(m.Tolerance > 0 && m.Tolerance <= 0.05):
		return bad("golden_tolerance", m.Tolerance)
	}
	return nil
}

func bad(field string, value any) error {
	return appliance.FieldError(field, "pack.manifest_value", "field", field, "value", fmt.Sprint(value))
}
