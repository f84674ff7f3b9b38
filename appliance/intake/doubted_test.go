package intake_test

import (
	"testing"

	"dermbox/appliance"
)

// A benign answer whose model failed the self-test since is asked for again at sign-off, and does not count where none comes.
func TestADoubtedBenignIsAskedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		class  appliance.Class
		away   bool
		status appliance.AIStatus
		asked  int
	}{
		"asked again": {appliance.Benign, false, appliance.Assessed, 2}, "the model is away": {appliance.Benign, true, appliance.NotAssessed, 1},
		"a suspicion stays": {appliance.Melanoma, true, appliance.Assessed, 1}, "and is not asked again": {appliance.Melanoma, false, appliance.Assessed, 1},
	} {
		r := newRig(t)
		r.model.set(func(m *StandInModel) { m.class, m.period = c.class, "1" })
		r.captured()
		if f := r.judged(); f.Status != appliance.Assessed {
			t.Fatalf("%s: at first %+v", name, f)
		}
		r.model.set(func(m *StandInModel) { m.doubted, m.period, m.absent = "1", "2", c.away })
		v, err := r.signOff()
		if err != nil {
			t.Fatal(err)
		}
		f := v.Case.Findings[0]
		if f.Status != c.status || r.model.asked() != c.asked {
			t.Errorf("%s: %s %s, asked %d times", name, f.Status, f.Reason, r.model.asked())
		}
	}
}
