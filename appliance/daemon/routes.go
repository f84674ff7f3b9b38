package daemon

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/health"
	"dermbox/appliance/staff"
	"dermbox/appliance/store"
	"dermbox/camera"
)

// status is what "dermboxctl status" shows of a running daemon.
type status struct {
	Version  string                  `json:"version"`
	Mode     string                  `json:"mode"`
	Device   string                  `json:"device"`
	Site     appliance.Site          `json:"site"`
	Kiosk    string                  `json:"kiosk"` // address of the kiosk
	Health   health.Level            `json:"health"`
	Cases    map[appliance.State]int `json:"cases"`
	Sending  appliance.SendingStatus `json:"sending"`
	Enrolled bool                    `json:"enrolled"`
	Camera   *camera.Opened          `json:"camera,omitempty"` // as it was opened last and is set now; left out before the first time
	Preview  appliance.PreviewStatus `json:"preview"`
	Routines int                     `json:"goroutines"` // of the daemon now: more and more of them is a leak
}

// maxRequest bounds the body of a request to the control socket, in bytes.
const maxRequest = 64 << 10

// surveyWait is how long a survey of the camera waits for its frames; dermboxctl waits longer.
const surveyWait = 75 * time.Second

// control makes the socket's service. Nothing here shows more of a patient than the case's id.
func (x *box) control(p *parts) *control {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", x.getStatus(p))
	mux.HandleFunc("GET /v1/health", func(w http.ResponseWriter, _ *http.Request) { answer(w, x.health.Snapshot()) })
	mux.HandleFunc("GET /v1/cases", func(w http.ResponseWriter, r *http.Request) {
		list, err := x.store.List(r.Context(), store.Filter{})
		respond(w, list, err)
	})
	mux.HandleFunc("GET /v1/cases/{id}", func(w http.ResponseWriter, r *http.Request) {
		trace, err := x.store.Trace(r.Context(), appliance.CaseID(r.PathValue("id")))
		respond(w, trace, err)
	})
	mux.HandleFunc("POST /v1/cases/{id}/retry", func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Reason string `json:"reason"`
		}
		err := decode(r, &q)
		if err == nil {
			err = x.store.Retry(r.Context(), appliance.CaseID(r.PathValue("id")), "dermboxctl", q.Reason)
		}
		if err == nil {
			p.wake()
		}
		respond(w, struct{}{}, err)
	})
	mux.HandleFunc("GET /v1/reconcile", func(w http.ResponseWriter, r *http.Request) {
		if p.engine == nil {
			answerError(w, appliance.E(appliance.Unavailable, x.unsent, nil))
			return
		}
		report, err := p.engine.Reconcile(r.Context())
		respond(w, report, err)
	})
	mux.HandleFunc("GET /v1/camera", func(w http.ResponseWriter, _ *http.Request) {
		opened, ok := p.camera.Opened()
		answer(w, map[string]any{"state": p.camera.State(), "opened": opened, "ever_opened": ok})
	})
	mux.HandleFunc("GET /v1/camera/survey", func(w http.ResponseWriter, r *http.Request) {
		frames, err := strconv.Atoi(r.FormValue("frames"))
		if err != nil || frames < 1 || frames > camera.MaxSurvey {
			answerError(w, appliance.E(appliance.Invalid, "daemon.request", nil))
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), surveyWait)
		defer cancel()
		survey, err := p.camera.Survey(ctx, frames)
		respond(w, survey, err)
	})
	mux.HandleFunc("POST /v1/sync/kick", func(w http.ResponseWriter, _ *http.Request) {
		p.kick()
		answer(w, map[string]bool{"kicked": p.engine != nil})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answerError(w, appliance.E(appliance.NotFound, "daemon.request", nil))
	})
	x.calibrationRoutes(mux, p)
	x.modelRoutes(mux, p)
	x.staffRoutes(mux)
	return &control{listener: x.socket, mux: mux, log: x.log}
}

// staffRoutes let dermboxctl keep the staff list while the daemon has the database.
func (x *box) staffRoutes(mux *http.ServeMux) {
	type request struct {
		staff.Member
		PIN string `json:"pin"`
	}
	mux.HandleFunc("GET /v1/staff", func(w http.ResponseWriter, r *http.Request) {
		list, _, err := x.staff.List(r.Context()) // watch tells of damaged entries
		respond(w, list, err)
	})
	mux.HandleFunc("POST /v1/staff", func(w http.ResponseWriter, r *http.Request) {
		var q request
		err := decode(r, &q)
		if err == nil {
			err = x.staff.Add(r.Context(), "dermboxctl", q.Member, q.PIN)
		}
		respond(w, q.Member, err)
	})
	mux.HandleFunc("POST /v1/staff/{id}/disable", func(w http.ResponseWriter, r *http.Request) {
		respond(w, struct{}{}, x.staff.Disable(r.Context(), "dermboxctl", r.PathValue("id")))
	})
	mux.HandleFunc("POST /v1/staff/{id}/pin", func(w http.ResponseWriter, r *http.Request) {
		var q request
		err := decode(r, &q)
		if err == nil {
			err = x.staff.ResetPIN(r.Context(), "dermboxctl", r.PathValue("id"), q.PIN)
		}
		respond(w, struct{}{}, err)
	})
}

func (x *box) getStatus(p *parts) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		counts, err := x.store.Counts(r.Context())
		if err != nil {
			answerError(w, err)
			return
		}
		var opened *camera.Opened
		if o, ok := p.camera.Opened(); ok {
			opened = &o
		}
		answer(w, status{
			Version: x.build.Version, Mode: string(x.config.Mode), Device: x.deviceID(), Site: x.site(),
			Kiosk: "http://" + x.kiosk.Addr().String(), Health: x.health.Snapshot().Level, Cases: counts,
			Sending: x.sending(p), Enrolled: x.identity != nil, Camera: opened,
			Preview: x.viewers.Status(), Routines: runtime.NumGoroutine(),
		})
	}
}

func respond(w http.ResponseWriter, v any, err error) {
	if err != nil {
		answerError(w, err)
		return
	}
	answer(w, v)
}

func decode(r *http.Request, v any) error {
	d := json.NewDecoder(io.LimitReader(r.Body, maxRequest))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		// What is still on its way is read, or the caller would see a broken connection and not the answer.
		_, _ = io.CopyN(io.Discard, r.Body, 64*maxRequest)
		return appliance.E(appliance.Invalid, "daemon.request", nil) // the cause could quote a PIN
	}
	return nil
}
