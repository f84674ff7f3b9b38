package quality_test

import (
	"testing"

	"dermbox/camera/quality"
)

func TestShipped(t *testing.T) {
	names := quality.ShippedNames()
	if len(names) < 2 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		if p, ok := quality.Shipped(name); !ok || p.ID != name || p.Digest() != "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for _, name := range []string{"", "none", "../profiles/public-256", "public-256.json"} {
		if _, ok := quality.Shipped(name); ok {
			t.Errorf("%q was found", name)
		}
	}
}
