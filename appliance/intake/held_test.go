package intake_test

import (
	"testing"

	"dermbox/appliance"
)

// Hazards H02, H03: a poor still waits for a reason while its lesion is moved to another place or side. It shows the old one.
func TestHeldStillIsNotKeptUnderAnotherSite(t *testing.T) {
	for name, edit := range map[string]func(*appliance.Lesion){
		"site and side": func(l *appliance.Lesion) { l.Site, l.Laterality = "36141000", appliance.Left },
		"side alone":    func(l *appliance.Lesion) { l.Laterality = appliance.Right },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t).toImages()
			r.judge.verdict = appliance.Verdict{}
			result, err := r.press()
			if err != nil || result.Kept {
				t.Fatalf("%+v, %v", result, err)
			}
			l := lesion()
			l.ID = r.lesion
			l.Note = "a slip in the note"
			if v := r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, l)); v.Held == nil {
				t.Fatal("another answer took the held still away")
			}
			edit(&l)
			if v := r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, l)); v.Held != nil {
				t.Error("a page offers a still of the place that the lesion was at before")
			}
			_, err = r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, result.AttemptID, "best-possible")
			wantKey(t, err, "error.capture.not_held")
		})
	}
}

func TestHeldStillOfAnotherLesionStays(t *testing.T) {
	r := newRig(t).toImages()
	other := lesion()
	v := r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, other))
	other.ID = v.Case.Lesions[1].ID
	r.judge.verdict = appliance.Verdict{}
	if _, err := r.press(); err != nil {
		t.Fatal(err)
	}
	other.Site, other.Laterality = "36141000", appliance.Left
	if v := r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, other)); v.Held == nil {
		t.Fatal("the held still of the first lesion is gone")
	}
}
