package exit_test

import (
	"errors"
	"fmt"
	"testing"

	"dermbox/appliance"
	"dermbox/cmd/internal/exit"
)

func TestCode(t *testing.T) {
	for err, want := range map[error]int{
		nil: 0, errors.New("a fault of ours"): 1, appliance.E(appliance.Internal, "k", nil): 1, appliance.E(appliance.Invalid, "k", nil): 3,
		appliance.E(appliance.NotFound, "k", nil): 4, appliance.E(appliance.Unavailable, "k", nil): 5, appliance.E(appliance.Conflict, "k", nil): 8,
		appliance.E(appliance.Unverified, "k", nil): 6, appliance.E(appliance.Forbidden, "k", nil): 6,
		appliance.E(appliance.Unauthorised, "k", nil): 6, appliance.E(appliance.Full, "k", nil): 7,
		fmt.Errorf("while at it: %w", appliance.E(appliance.Full, "k", nil)): 7,
	} {
		if got := exit.Code(err); got != want {
			t.Errorf("%v gives %d, want %d", err, got, want)
		}
	}
}
