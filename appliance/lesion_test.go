package appliance_test

import (
	"math"
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

func TestSevenPointAtMost(t *testing.T) {
	const yes, no, unsure = appliance.Yes, appliance.No, appliance.Unsure
	denied := appliance.Lesion{ChangeSize: no, ChangeShape: no, ChangeColour: no, Inflammation: no, Oozing: no, Sensation: no, DiameterMM: 6}
	for _, c := range []struct {
		name   string
		change func(*appliance.Lesion)
		want   int
	}{
		{"all denied", func(*appliance.Lesion) {}, 0},
		{"size", func(l *appliance.Lesion) { l.ChangeSize = yes }, 2},
		{"shape unsure", func(l *appliance.Lesion) { l.ChangeShape = unsure }, 2},
		{"colour not asked", func(l *appliance.Lesion) { l.ChangeColour = "" }, 2},
		{"minor ones unsure", func(l *appliance.Lesion) { l.Inflammation, l.Oozing, l.Sensation = unsure, "", "?" }, 3},
		{"not measured", func(l *appliance.Lesion) { l.DiameterMM = 0 }, 1},
		{"7 mm", func(l *appliance.Lesion) { l.DiameterMM = 7 }, 1},
		{"measured as nonsense", func(l *appliance.Lesion) { l.DiameterMM = math.NaN() }, 1},
		{"nothing asked", func(l *appliance.Lesion) { *l = appliance.Lesion{} }, 10},
	} {
		l := denied
		c.change(&l)
		if got := l.SevenPointAtMost(); got != c.want || got < l.SevenPoint() {
			t.Errorf("%s: at most %d points of %d, want %d", c.name, got, l.SevenPoint(), c.want)
		}
	}
}
