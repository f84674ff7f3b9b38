package appliance_test

import (
	"testing"

	"dermbox/appliance"
)

func TestSevenPoint(t *testing.T) {
	const yes, no, unsure = appliance.Yes, appliance.No, appliance.Unsure
	for _, c := range []struct {
		name   string
		lesion appliance.Lesion
		want   int
	}{
		{"nothing asked", appliance.Lesion{}, 0},
		{"size", appliance.Lesion{ChangeSize: yes}, 2},
		{"shape", appliance.Lesion{ChangeShape: yes}, 2},
		{"colour", appliance.Lesion{ChangeColour: yes}, 2},
		{"inflammation", appliance.Lesion{Inflammation: yes}, 1},
		{"oozing", appliance.Lesion{Oozing: yes}, 1},
		{"sensation", appliance.Lesion{Sensation: yes}, 1},
		{"7 mm", appliance.Lesion{DiameterMM: 7}, 1},
		{"6.9 mm", appliance.Lesion{DiameterMM: 6.9}, 0},
		{"only a plain yes counts", appliance.Lesion{ChangeSize: unsure, Oozing: no, Sensation: unsure}, 0},
		{"other features have no points", appliance.Lesion{Nodular: yes, Growing: yes, Ulcerated: yes, Pigmented: yes}, 0},
		{"referral", appliance.Lesion{ChangeColour: yes, Sensation: yes}, 3},
		{"all", appliance.Lesion{ChangeSize: yes, ChangeShape: yes, ChangeColour: yes, Inflammation: yes, Oozing: yes, Sensation: yes, DiameterMM: 20}, 10},
	} {
		if got := c.lesion.SevenPoint(); got != c.want {
			t.Errorf("%s: %d points, want %d", c.name, got, c.want)
		}
	}
}
