package daemon

import (
	"context"
	"encoding/json"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/health"
	"dermbox/camera"
)

// watch asks every part how it stands and tells health: one place that decides how bad what is and who must act. It also
// records how the camera was opened, so that each still's record can name it.
type watch struct {
	box   *box
	parts *parts

	opened camera.Opened
}

// every is how often the parts are asked; the parts themselves notice faults at once.
const every = 500 * time.Millisecond

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
	w.model()
	w.sync()
	w.space()
	w.clock()
}

func (w *watch) camera(ctx context.Context) {
	state := w.parts.camera.State()
	check := health.Check{Level: health.OK, Key: state.Key, Params: state.Params, Who: health.Nobody}
	if !state.Ready() {
		check.Level, check.Who = health.Error, health.HCA
	}
	w.box.health.Set("camera", check)
	opened, ok := w.parts.camera.Opened()
	if !ok || opened.MeasuredFPS == 0 || sameOpening(opened, w.opened) {
		return
	}
	raw, err := json.Marshal(opened)
	if err == nil {
		_, err = w.box.store.SaveCameraOpened(ctx, raw)
	}
	if err != nil {
		w.box.log.Error("how the camera was opened is not recorded", "code", appliance.CodeOf(err))
		return
	}
	w.opened = opened
}

// sameOpening compares without the measured rate, which changes all the time.
func sameOpening(a, b camera.Opened) bool {
	a.MeasuredFPS, b.MeasuredFPS = 0, 0
	return a == b
}

func (w *watch) model() {
	state := w.parts.inference.State()
	check := health.Check{Level: health.OK, Key: "daemon.model_ok", Who: health.Nobody}
	if ref, ok := w.parts.inference.Model(); ok {
		check.Params = map[string]string{"model": ref.ID, "version": ref.Version, "status": ref.Status}
	}
	if !state.Ready {
		// Without a model the clinic works on: every lesion goes to a dermatologist.
		check = health.Check{Level: health.Warn, Key: state.Key, Params: state.Params, Who: health.IT}
	}
	w.box.health.Set("model", check)
}

func (w *watch) sync() {
	s := w.parts.sending()
	check := health.Check{Level: health.OK, Key: "daemon.sync_ok", Who: health.Nobody}
	switch {
	case s.NeedsIT:
		check = health.Check{Level: health.Error, Key: s.LastError, Who: health.IT}
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
		w.box.health.Set("space", health.Check{Level: health.Error, Key: key(err), Who: health.IT})
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
