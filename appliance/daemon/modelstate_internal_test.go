package daemon

import (
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// TestModelStates is an internal test: a running box cannot be brought into each of them.
func TestModelStates(t *testing.T) {
	for key, want := range map[string]appliance.ModelState{
		"signed.bad_signature": appliance.ModelUnverified, "signed.unknown_key": appliance.ModelUnverified, "signed.expired": appliance.ModelExpired,
		"pack.not_a_pack": appliance.ModelUnavailable, "inference.runtime_missing": appliance.ModelUnavailable, "inference.worker": appliance.ModelUnavailable,
		"": appliance.ModelReady,
	} {
		if got := modelState(key); got != want {
			t.Errorf("%q is %s, want %s", key, got, want)
		}
	}
	for key := range modelStates {
		if key != "" && !text.Has(key) {
			t.Errorf("no part of the box says %q any more", key)
		}
	}
}
