package daemon

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/health"
	"dermbox/appliance/signed"
	"dermbox/camera"
	"dermbox/camera/quality"
)

// watch asks every part how it stands and tells health: one place that decides how bad what is and who must act. It also
// records how the camera was opened, so that each still's record can name it.
type watch struct {
	box   *box
	parts *parts

	recorded  bool    // this opening of the camera is in the store
	recording trouble // with that
	counting  trouble // with counting cases
	asked     int64   // when the slow questions were asked last, on the clock's Mono; 0 for never
}

// every is how often the parts are asked; the parts themselves notice faults at once. It is shorter than the camera needs
// to be opened again (wait, program start, first frame), so that no opening is missed.
const every = 200 * time.Millisecond

// seldom is how often the questions are asked that read the database.
const seldom = int64(2 * time.Second)

// Serve watches until ctx ends.
func (w *watch) Serve(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		w.look(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (w *watch) look(ctx context.Context) {
	w.camera(ctx)
	w.shutter()
	w.judge()
	w.model()
	w.signed()
	w.reference()
	w.slowly(ctx, w.box.clock.Now().Mono)
	w.sync()
	w.reconciled()
	w.certificate()
	w.space()
	w.clock()
}

func (w *watch) camera(ctx context.Context) {
	state := w.parts.camera.State()
	w.box.health.Set("camera", standing(state))
	if !isOpen(state.Key) {
		w.recorded = false
		return
	}
	// The rate is measured a moment after the opening; without it the record would be half of one.
	if opened, ok := w.parts.camera.Opened(); ok && opened.MeasuredFPS > 0 && !w.recorded {
		w.record(ctx, opened)
	}
}

// standing says how bad a camera's state is and who must act: IT, where no plug or cable mends it.
func standing(state camera.State) health.Check {
	check := health.Check{Level: health.Error, Key: state.Key, Params: state.Params, Who: health.HCA}
	switch state.Key {
	case camera.StateReady:
		check.Level, check.Who = health.OK, health.Nobody
	case camera.StateRate: // stills are none the worse
		check.Level, check.Who = health.Warn, health.IT
	case camera.StateNoWorker, camera.StateUnseen, camera.StateDenied, camera.StateBusy, camera.StateWrongFormat, camera.StateSettings:
		check.Who = health.IT
	}
	return check
}

// isOpen says whether the camera gives frames, good or bad.
func isOpen(key string) bool {
	switch key {
	case camera.StateReady, camera.StateSettings, camera.StateRate, camera.StateWrongSize, camera.StateDamaged, camera.StateFrozen:
		return true
	}
	return false
}

// record makes an opening durable, once; its measured rate is that of the first frames.
func (w *watch) record(ctx context.Context, opened camera.Opened) {
	now := w.box.clock.Now().Mono
	if !w.recording.due(now) {
		return
	}
	raw, err := json.Marshal(opened)
	if err == nil {
		_, err = w.box.store.SaveCameraOpened(ctx, raw)
	}
	if err != nil {
		if code := appliance.CodeOf(err); w.recording.failed(now, code) {
			w.box.log.Error("how the camera was opened is not recorded; it is tried again", "code", code)
		}
		return
	}
	w.recorded, w.recording = true, trouble{}
}

func (w *watch) judge() {
	state, _ := w.parts.judge.State()
	check := health.Check{Level: health.OK, Key: state, Who: health.Nobody}
	if state != quality.StateReady {
		// Stills can be kept with a reason meanwhile, and a human looks.
		check.Level, check.Who = health.Warn, health.IT
	}
	w.box.health.Set("judge", check)
}

// signed tells when rules or profiles, good at the start, have run out since: from then on they do not count.
func (w *watch) signed() {
	now := w.box.clock.Bounded()
	if r := w.box.signed.rules; r != nil && !r.ExpiresAt().IsZero() && !now.Before(r.ExpiresAt()) {
		w.box.expired("rules", "daemon.rules_expired")
	}
	if p := w.box.signed.camera; p != nil && !inForce(p, now) {
		w.box.expiredCamera(p)
	}
	for _, p := range w.box.signed.profiles {
		if signed.CheckExpiry(p.Header, now) != nil {
			w.box.expired(p.check, "daemon.profile_expired")
		}
	}
}

func (w *watch) sync() {
	s := w.box.sending(w.parts)
	check := health.Check{Level: health.OK, Key: "daemon.sync_ok", Who: health.Nobody}
	switch {
	case s.NeedsIT:
		check = health.Check{Level: health.Error, Key: s.LastError, Who: health.IT}
	case s.SetAside > 0:
		w.box.health.Set("sync", health.Check{Level: health.Error, Key: "daemon.cases_set_aside", Who: health.IT,
			Params: map[string]string{"n": strconv.Itoa(s.SetAside)}})
		return
	case s.LastError != "":
		check = health.Check{Level: health.Warn, Key: s.LastError, Who: health.Nobody}
	case s.Waiting > 0:
		check.Key = "daemon.sync_waiting"
	}
	if p := w.parts.engine; p != nil {
		if e, ok := asError(p.Status().Err); ok {
			check.Params = e.Params
		}
	}
	w.box.health.Set("sync", check)
}

func (w *watch) space() {
	if err := w.box.room(); err != nil {
		w.box.health.Set("space", failing(err))
		return
	}
	w.box.health.Set("space", health.Check{Level: health.OK, Key: "daemon.space_ok", Who: health.Nobody})
}

func (w *watch) clock() {
	check := health.Check{Level: health.OK, Key: "daemon.clock_ok", Who: health.Nobody}
	switch w.box.clock.Now().Quality {
	case appliance.ClockSuspect:
		check = health.Check{Level: health.Error, Key: "daemon.clock_suspect", Who: health.IT}
	case appliance.ClockUnverified:
		check = health.Check{Level: health.Warn, Key: "daemon.clock_unverified", Who: health.IT}
	}
	w.box.health.Set("clock", check)
}
