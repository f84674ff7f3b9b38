package train_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference/pack"
)

// committed reads the pack of that name that these scripts made; who signed it is inference/engine's test.
func committed(t testing.TB, name string) (*pack.Pack, []byte) {
	t.Helper()
	raw, err := os.ReadFile("../../firmware/demo/signed/" + name + ".dermpack")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Inspect(raw)
	if err != nil {
		t.Fatal(err)
	}
	return p, raw
}

func TestCommittedPackIsASimulationAndSaysSo(t *testing.T) {
	p, raw := committed(t, "simulation")
	m := p.Manifest
	if m.Status != pack.Simulation || len(m.Optics) != 1 || m.Optics[0].ID != appliance.OpticsSimulatedScope {
		t.Fatalf("status %s, optics %v", m.Status, m.Optics)
	}
	for what, text := range map[string]string{"intended use": m.IntendedUse, "card": p.Card} {
		if !strings.Contains(strings.ToLower(text), "simulation, not for clinical use") {
			t.Errorf("the %s does not say what it is", what)
		}
	}
	if len(raw) > 2<<20 {
		t.Errorf("%d bytes", len(raw))
	}
	// A conversion that lost the weights gives a small file and no error.
	if len(p.Model) < 150_000 {
		t.Errorf("the model has %d bytes: its weights are missing", len(p.Model))
	}
}

func TestCommittedPackFollowsTheTemplate(t *testing.T) {
	p, _ := committed(t, "simulation")
	text, err := os.ReadFile("simulation.manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var want pack.Manifest
	if err := signed.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	got := p.Manifest
	got.Members, got.Provenance, want.Members = nil, nil, nil
	for label, mapping := range got.Output.Classes {
		if mapping.Threshold < 0.001 {
			t.Errorf("%s counts from %v on", label, mapping.Threshold)
		}
		mapping.Threshold = want.Output.Classes[label].Threshold
		got.Output.Classes[label] = mapping
	}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if !bytes.Equal(a, b) {
		t.Fatalf("the template changed after the pack was made; run simulation.sh\n%s\n%s", a, b)
	}
}

func TestMelanomaLikeIsFoundFirst(t *testing.T) {
	p, _ := committed(t, "simulation")
	classes := p.Manifest.Output.Classes
	if classes["mel"].Threshold > 0.15 || classes["nv"].Threshold < 0.6 || classes["sk"].Threshold < 0.6 {
		t.Fatalf("thresholds %v", classes)
	}
}

func TestCardHasTheFigures(t *testing.T) {
	p, _ := committed(t, "simulation")
	for _, label := range []string{"mel", "nv", "sk"} {
		found := regexp.MustCompile("\\| `" + label + "` \\| ([0-9.]+) \\|").FindStringSubmatch(p.Card)
		if found == nil {
			t.Fatalf("no figure for %s in the card", label)
		}
		if auc, err := strconv.ParseFloat(found[1], 64); err != nil || auc < 0.95 {
			t.Errorf("AUC of %s is %s, want at least 0.95", label, found[1])
		}
	}
}
