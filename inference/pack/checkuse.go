package pack

import (
	"fmt"
	"maps"
	"slices"

	"dermbox/appliance"
)

// autonomousBenign is the pathway model in which a benign answer alone ends an urgent referral (domain 1.2).
const autonomousBenign appliance.Pathway = "AUTONOMOUS_BENIGN"

var pathways = []appliance.Pathway{
	appliance.CaptureOnly, appliance.Shadow, appliance.TriagePriority, appliance.SecondReadPathway, autonomousBenign,
}

func (m *Manifest) checkOptics() error {
	if len(m.Optics) < 1 || len(m.Optics) > 64 {
		return bad("optics", len(m.Optics), "1 to 64 validated optics")
	}
	seen := map[appliance.OpticsID]bool{}
	for i, o := range m.Optics {
		field := fmt.Sprintf("optics[%d].", i)
		switch {
		case !opticsForm.MatchString(string(o.ID)) || seen[o.ID]:
			return bad(field+"id", o.ID, "lower-case letters, digits, dots, underscores and hyphens, at most 64, each id once")
		case !(o.FieldFraction > 0 && o.FieldFraction <= 1):
			return bad(field+"field_fraction", o.FieldFraction, "above 0 and at most 1")
		}
		seen[o.ID] = true
	}
	return nil
}

// checkPathways: discharge without a human is a property of an approved device, never of a manifest's wish.
func (m *Manifest) checkPathways() error {
	if len(m.Pathways) == 0 {
		return bad("pathways", "", "one or more of "+joined(pathways))
	}
	for i, p := range m.Pathways {
		switch {
		case !slices.Contains(pathways, p) || slices.Contains(m.Pathways[:i], p):
			return bad("pathways", p, "of "+joined(pathways)+", each once")
		case p == autonomousBenign && m.Status != Approved:
			return bad("pathways", p, "left out for the status "+string(m.Status)+": only an approved device may discharge")
		}
	}
	return nil
}

func (m *Manifest) checkDevice() error {
	d := m.Device
	switch {
	case d == nil && m.Status == Approved:
		return bad("device", "", "there for the status approved: manufacturer and udi_di")
	case d == nil:
		return nil
	case !line(d.Manufacturer, 200):
		return bad("device.manufacturer", d.Manufacturer, "one line of 1 to 200 bytes")
	case !isUDIDI(d.UDIDI):
		return bad("device.udi_di", d.UDIDI, "a device identifier: a GTIN of 14 digits with its check digit, or an HIBCC or ICCBBA one")
	case d.UDIPI != "" && !udiPIForm.MatchString(d.UDIPI):
		return bad("device.udi_pi", d.UDIPI, "at most 80 printable ASCII characters without spaces")
	}
	return nil
}

// checkWords checks what is only said of the model, and the oldest runtime that may run it.
func (m *Manifest) checkWords() error {
	switch {
	case !versionForm.MatchString(m.MinRuntime):
		return bad("min_runtime", m.MinRuntime, "a TFLite version such as 2.20.0")
	case m.Licences["model"] == "":
		return bad("licences.model", "", "the licence of the model: an SPDX identifier or a sentence")
	}
	if err := words("licences", m.Licences); err != nil {
		return err
	}
	return words("provenance", m.Provenance)
}

func words(field string, all map[string]string) error {
	if len(all) > 64 {
		return bad(field, len(all), "at most 64 entries")
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !line(name, 100) || !line(all[name], 2000) {
			return bad(field+"."+shown(name), all[name], "one line of 1 to 2000 bytes, its name of 1 to 100")
		}
	}
	return nil
}
