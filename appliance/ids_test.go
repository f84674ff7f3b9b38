package appliance_test

import (
	"strings"
	"testing"

	"dermbox/appliance"
)

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := appliance.NewID()
		if !appliance.ValidID(id) || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
}

func TestValidID(t *testing.T) {
	const good = "0190a3b4-5c6d-4e7f-8a9b-0c1d2e3f4a5b"
	for id, want := range map[string]bool{
		good:                                   true,
		strings.Replace(good, "-8", "-b", 1):   true,
		strings.Replace(good, "-8", "-c", 1):   false, // variant
		strings.Replace(good, "-4", "-1", 1):   false, // version
		strings.ToUpper(good):                  false,
		strings.ReplaceAll(good, "-", ""):      false,
		strings.ReplaceAll(good, "-", "_"):     false,
		good + "0":                             false,
		"":                                     false,
		"../../../../../../../../etc/passwd--": false,
		"0190a3b4-5c6d-4e7f-8a9b-0c1d2e3f4aé":  false,
	} {
		if got := appliance.ValidID(id); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}

func TestReference(t *testing.T) {
	for id, want := range map[appliance.CaseID]string{"0190a3b4-5c6d-4e7f-8a9b-0c1d2e3f4a5b": "DX-0190A3B4", "": "", "short": "short"} {
		if got := id.Reference(); got != want {
			t.Errorf("%q is read out as %q", id, got)
		}
	}
}
