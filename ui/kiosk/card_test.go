package kiosk_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/ui/kiosk"
)

// StandInReference says what a test puts in.
type StandInReference struct {
	state    kiosk.ReferenceState
	seen     bool
	sentence string
	err      error
	by       []string // who calibrated
}

// State is kiosk.Reference.
func (s *StandInReference) State() kiosk.ReferenceState { return s.state }

// Calibrate is kiosk.Reference.
func (s *StandInReference) Calibrate(_ context.Context, op appliance.Operator) (bool, string, error) {
	s.by = append(s.by, op.ID)
	if s.seen {
		at := StandInClock{}.Now().Wall
		s.state = kiosk.ReferenceState{Asked: true, OK: true, Sentence: "It counts.", Fresh: at.Add(4 * time.Hour), Counts: at.Add(24 * time.Hour),
			InForce: &appliance.Calibration{At: appliance.Stamp{Wall: at}, MeanDeltaE: 0.31, MaxDeltaE: 1.18, MMPerPX: 0.019545}}
	}
	return s.seen, s.sentence, s.err
}

func TestCardPage(t *testing.T) {
	s := &StandInReference{state: kiosk.ReferenceState{Asked: true, Sentence: "Show it the card."}, sentence: "No card is seen."}
	x := newRig(t, func(o *kiosk.Options) { o.Reference = s })
	x.signIn()
	for _, path := range []string{"/", "/device", "/card"} {
		body := x.get(path).body
		if path != "/card" && !strings.Contains(body, `href="/card"`) || path != "/device" && !strings.Contains(body, "Show it the card.") {
			t.Errorf("%s does not lead to the card", path)
		}
		if strings.Contains(body, "mm for each pixel") {
			t.Errorf("%s shows millimetres without a calibration", path)
		}
	}
	if a := x.post("/card", nil); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "No card is seen.") || !strings.Contains(a.body, text.T("kiosk.card.not_done", nil)) {
		t.Errorf("without a card: %d", a.status)
	}
	s.err = appliance.E(appliance.Unavailable, "quality.error.unavailable", nil)
	if a := x.post("/card", nil); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, text.T("quality.error.unavailable", nil)) {
		t.Errorf("without a judge: %d", a.status)
	}
	s.err, s.seen = nil, true
	x.want("/card", nil, "/card")
	body := x.get("/card").body
	for _, said := range []string{"It counts.", "22-Nov-2026 11:46", "22-Nov-2026 15:46", "23-Nov-2026 11:46", "0.3 on average, 1.2 at most", "0.0195 mm for each pixel"} {
		if !strings.Contains(body, said) {
			t.Errorf("the page does not say %q", said)
		}
	}
	if len(s.by) != 3 || s.by[2] != hca.ID {
		t.Errorf("by %q", s.by)
	}
}

// Where no card is asked for, nothing speaks of one, and a press does nothing.
func TestNoCardPage(t *testing.T) {
	s := &StandInReference{seen: true}
	for name, x := range map[string]*rig{"not asked for": newRig(t, func(o *kiosk.Options) { o.Reference = s }), "none": newRig(t)} {
		x.signIn()
		for _, path := range []string{"/", "/device"} {
			if strings.Contains(x.get(path).body, "/card") {
				t.Errorf("%s: %s leads to the card", name, path)
			}
		}
		if a := x.get("/card"); a.status != http.StatusOK || !strings.Contains(a.body, text.T("kiosk.card.unused", nil)) {
			t.Errorf("%s: %d", name, a.status)
		}
		x.want("/card", nil, "/card")
	}
	if len(s.by) != 0 {
		t.Error("calibrated all the same")
	}
}

func TestCardNeedsASignIn(t *testing.T) {
	x := newRig(t, func(o *kiosk.Options) { o.Reference = &StandInReference{state: kiosk.ReferenceState{Asked: true}} })
	for _, a := range []answer{x.get("/card"), x.post("/card", nil)} {
		if a.status != http.StatusSeeOther || a.location != "/sign-in" {
			t.Errorf("%d to %s", a.status, a.location)
		}
	}
}
