package main

import (
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera/quality/card"
)

func inForce() card.Standing {
	at := moment.Add(-time.Hour)
	fresh, counts := at.Add(4*time.Hour), at.Add(24*time.Hour)
	return card.Standing{Key: "daemon.reference_fresh", Sentence: "It counts.", FreshUntil: &fresh, CountsUntil: &counts, InForce: &appliance.Calibration{
		ID: "6f1c1f4e-0b8e-4a55-9c55-0a4c3f1a7d10", At: appliance.Stamp{Wall: at, Quality: appliance.ClockUnverified}, Operator: "hca.1",
		Card: "dermbox-20/1", Camera: appliance.Camera{Make: "m", Model: "d", Serial: "SN1"}, MeanDeltaE: 0.31, MaxDeltaE: 1.18, MMPerPX: 0.019545,
	}}
}

func TestCameraCalibrate(t *testing.T) {
	limits := card.Limits{MaxMean: 5, MaxPatch: 10}
	good := card.Answer{Pass: true, Key: "quality.card.ok", Sentence: "The reference card was read.", Limits: limits, Now: inForce(), Seen: card.Result{
		Pass: true, Key: "quality.card.ok", Card: "dermbox-20/1", Gains: [3]float64{0.97, 1, 1.04}, MeanDeltaE: 0.31, MaxDeltaE: 1.18, Worst: "cyan",
		MMPerPX: 0.019545, ExposureEV: -0.09}}
	r := newRig(t, "")
	d := r.daemon(map[string]any{"POST /v1/camera/calibrate": good, "GET /v1/camera/calibration": inForce()})
	r.call("camera", "calibrate").want(t, 0, "was read", "dermbox-20/1", "0.31", "1.18", "cyan", "at most 5", "at most 10", "0.97", "1.04", "0.01954 mm", "It counts.", "hca.1")
	var a card.Answer
	r.call("camera", "calibrate", "--json").decode(t, &a)
	if !a.Pass || a.Seen.MMPerPX != 0.019545 || a.Now.InForce == nil {
		t.Errorf("%+v", a)
	}
	r.call("camera", "calibrate", "--show").want(t, 0, "It counts.", "SN1", "unverified", "0.01954 mm")
	r.call("camera", "calibrate", "--json").want(t, 0, `"max_mean": 5`, `"max_patch": 10`)
	if len(d.asked) != 4 {
		t.Errorf("%q", d.asked)
	}
}

func TestCameraCalibrateSaysWhatToDo(t *testing.T) {
	r := newRig(t, "")
	r.daemon(map[string]any{
		"POST /v1/camera/calibrate": card.Answer{Key: "quality.card.none", Sentence: "No card.", Now: card.Standing{Sentence: "Show it."},
			Seen: card.Result{Card: "dermbox-20/1", MeanDeltaE: 7.39, MaxDeltaE: 17.4, Worst: "green", Gains: [3]float64{1, 1, 1}}},
		"GET /v1/camera/calibration": card.Standing{Sentence: "Show it."},
	})
	said := r.call("camera", "calibrate")
	said.want(t, 5, "No card.", "Show it.", "7.39", "17.40 for green", "no millimetres")
	if strings.Contains(said.out, "mm for") {
		t.Errorf("millimetres of a card that was not accepted: %s", said.out)
	}
	r.call("camera", "calibrate", "--show").want(t, 0, "Show it.", "no millimetres")
	away := newRig(t, "")
	away.daemon(map[string]any{"GET /v1/camera/calibration": card.Standing{Key: card.StandingAway, Sentence: "It is away."}})
	away.call("camera", "calibrate", "--show").want(t, 5, "It is away.")
	away.call("camera", "calibrate", "--show", "--json").want(t, 5, `"daemon.reference_away"`)
	unused := newRig(t, "")
	unused.daemon(map[string]any{"POST /v1/camera/calibrate": &appliance.Error{Code: appliance.Conflict, Key: "daemon.reference_unused"}})
	unused.call("camera", "calibrate").want(t, 8, "daemon.reference_unused")
	newRig(t, "").call("camera", "calibrate").want(t, 5, "dermboxd")
	r.call("camera", "calibrate", "card").want(t, 2)
}
