package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/health"
	"dermbox/appliance/store"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/firmware/provision"
)

func (t *tool) statusCommand() *cobra.Command {
	return t.reading("status", "status", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		status, err := t.status(cmd.Context(), c)
		if err != nil {
			return err
		}
		err = t.show(status, func() { t.sayStatus(status) })
		if err == nil && status.needsAction() {
			return silent{exitUnavailable}
		}
		return err
	})
}

// needsAction says whether somebody must act before the box does all of its work: what makes health exit with 5, and
// cases that were set aside.
func (s status) needsAction() bool { return unwell(s.Health) || s.Cases[appliance.Quarantined] > 0 }

// status is how the box stands: what the daemon says, if one runs, and what the disk says.
type status struct {
	Running bool            `json:"running"`
	Version string          `json:"version,omitempty"` // of the daemon
	Mode    string          `json:"mode"`              // "live" or "demonstration"
	Site    appliance.Site  `json:"site"`
	Kiosk   string          `json:"kiosk,omitempty"` // address of the kiosk's pages
	At      appliance.Stamp `json:"at"`
	// Identity is who the box is to its trust; nil when it is not enrolled.
	Identity      *identity                `json:"identity,omitempty"`
	Damaged       bool                     `json:"identity_damaged,omitempty"` // there is an identity and it cannot be read
	Cases         map[appliance.State]int  `json:"cases"`                      // in each state; one without any is missing; null: not known
	OldestWaiting *time.Time               `json:"oldest_waiting,omitempty"`   // when the oldest unsent case was signed off
	LastReceived  *time.Time               `json:"last_received,omitempty"`    // of the latest verified receipt
	SetAside      []appliance.CaseSummary  `json:"set_aside"`                  // quarantined: somebody must act
	Sending       *appliance.SendingStatus `json:"sending,omitempty"`          // nil when the daemon is down
	Camera        *camera.Opened           `json:"camera,omitempty"`           // as it is set now; nil when it was never open, or the daemon is down
	Preview       *appliance.PreviewStatus `json:"preview,omitempty"`          // likewise
	Goroutines    int                      `json:"goroutines,omitempty"`
	Health        health.Report            `json:"health"`
}

type identity struct {
	Device  string    `json:"device"`
	Trust   string    `json:"trust"`
	Site    string    `json:"site"`
	Hub     string    `json:"hub"`
	HubURL  string    `json:"hub_url"`
	Expires time.Time `json:"expires"` // of the device's certificate
}

// running is what the daemon answers to /v1/status, as far as it is shown.
type running struct {
	Version string                  `json:"version"`
	Mode    string                  `json:"mode"`
	Site    appliance.Site          `json:"site"`
	Kiosk   string                  `json:"kiosk"`
	Sending appliance.SendingStatus `json:"sending"`
	Camera  *camera.Opened          `json:"camera"`

	Preview    *appliance.PreviewStatus `json:"preview"`
	Goroutines int                      `json:"goroutines"`
}

func (t *tool) status(ctx context.Context, c config.Config) (status, error) {
	s := status{Mode: string(c.Mode), Site: c.Facts(), At: t.stamp(), SetAside: []appliance.CaseSummary{}, Cases: map[appliance.State]int{}}
	if err := t.askStatus(ctx, c, &s); err != nil {
		return s, err
	}
	id, err := provision.LoadIdentity(c.IdentityDir)
	switch {
	case err == nil:
		s.Identity = &identity{id.Device, id.Trust, id.Site, id.HubName, id.HubURL, id.Certificate.NotAfter}
	case appliance.CodeOf(err) != appliance.NotFound:
		s.Damaged = true
		s.fault("enrolment", err)
	}
	t.readCases(ctx, c, &s)
	return s, nil
}

// readCases reads the store. What it cannot read is a check of its own: the rest must still be told.
func (t *tool) readCases(ctx context.Context, c config.Config, s *status) {
	cases, err := t.readStore(ctx, c, false)
	if neverStarted(err) {
		return // nobody was seen yet
	}
	if err == nil {
		defer shut(cases)
		err = summarise(ctx, cases, s)
	}
	if err != nil {
		s.Cases = nil
		s.fault("cases", err)
	}
}

// fault adds what the tool found damaged to what the daemon says of itself, unless that names the same part already.
func (s *status) fault(name string, err error) {
	check := health.State{Name: name, Level: health.Error, Key: "error.internal", Who: health.IT, Since: s.At}
	if e, ok := errors.AsType[*appliance.Error](err); ok && e.Key != "" {
		check.Key, check.Params = e.Key, e.Params
	}
	if s.broken(name) {
		return
	}
	s.Health.Level = health.Error
	s.Health.Checks = append(s.Health.Checks, check)
}

// broken says whether a part's check is an error.
func (s *status) broken(name string) bool {
	return slices.ContainsFunc(s.Health.Checks, func(c health.State) bool { return c.Name == name && c.Level == health.Error })
}

// askStatus asks the daemon; that there is none is part of the answer.
func (t *tool) askStatus(ctx context.Context, c config.Config, s *status) error {
	d := newDaemon(c.Control.Socket)
	var r running
	if err := d.get(ctx, "/v1/status", &r); down(err) {
		s.Health = t.healthOfNoDaemon(c)
		return nil
	} else if err != nil {
		return err
	}
	s.Running, s.Version, s.Mode, s.Site, s.Kiosk, s.Sending = true, r.Version, r.Mode, r.Site, r.Kiosk, &r.Sending
	s.Camera = r.Camera
	s.Preview, s.Goroutines = r.Preview, r.Goroutines
	return d.get(ctx, "/v1/health", &s.Health)
}

// summarise fills in what the store says of waiting, received and set-aside cases.
func summarise(ctx context.Context, cases *store.Store, s *status) error {
	var err error
	if s.Cases, err = cases.Counts(ctx); err != nil {
		return err
	}
	if n := waiting(s.Cases); n > 0 {
		oldest, err := cases.List(ctx, store.Filter{States: waitingStates, Limit: 1, Offset: n - 1})
		if err != nil {
			return err
		}
		if len(oldest) == 1 {
			s.OldestWaiting = &oldest[0].SignedOff
		}
	}
	received, err := cases.List(ctx, store.Filter{States: receivedStates})
	if err != nil {
		return err
	}
	for _, c := range received {
		if c.Received != nil && (s.LastReceived == nil || c.Received.After(*s.LastReceived)) {
			s.LastReceived = c.Received
		}
	}
	aside, err := cases.List(ctx, store.Filter{States: []appliance.State{appliance.Quarantined}})
	s.SetAside = append(s.SetAside, aside...)
	return err
}

var (
	waitingStates  = []appliance.State{appliance.Queued, appliance.Sending}
	receivedStates = []appliance.State{appliance.Receipted, appliance.Purgeable, appliance.Purged}
	openStates     = []appliance.State{appliance.Draft, appliance.Identified, appliance.Consented, appliance.HistoryDone, appliance.Capturing}
)

func waiting(counts map[appliance.State]int) int { return sum(counts, waitingStates) }

func sum(counts map[appliance.State]int, states []appliance.State) int {
	total := 0
	for _, s := range states {
		total += counts[s]
	}
	return total
}

// sayStatus says in words what is waiting, what was received, and what needs whom.
func (t *tool) sayStatus(s status) {
	site := s.Site.Name + " (" + s.Site.Code + ")"
	if s.Running {
		t.say("ctl.status.running", "version", s.Version, "site", site, "mode", s.Mode)
		if s.Kiosk != "" {
			t.say("ctl.status.kiosk", "address", s.Kiosk)
		}
	} else {
		t.say("ctl.status.down", "site", site, "mode", s.Mode)
	}
	if id := s.Identity; id != nil {
		t.say("ctl.status.enrolled", "device", id.Device, "hub", id.Hub, "trust", id.Trust, "until", london(id.Expires))
	} else if !s.Damaged {
		t.say("ctl.status.not_enrolled")
	}
	if s.Cases != nil {
		t.sayCases(s)
	}
	t.saySending(s.Sending)
	t.sayCamera(s.Camera)
	if p := s.Preview; p != nil && p.Viewers > 0 {
		t.say("ctl.status.preview", "viewers", strconv.Itoa(p.Viewers), "sent", strconv.FormatUint(p.Sent, 10), "dropped", strconv.FormatUint(p.Dropped, 10))
	}
	t.sayModel(s)
	if s.Mode == string(config.Demonstration) {
		t.say("ui.simulation")
	}
	t.sayNeeds(s)
}

// sayCamera says by which profile the camera was opened and what it says of its settings.
func (t *tool) sayCamera(o *camera.Opened) {
	if o == nil {
		return
	}
	got := o.ReadBack
	t.say("ctl.status.camera", "camera", o.URL, "profile", orDash(o.Profile), "format", orDash(got.FourCC),
		"width", strconv.Itoa(got.Width), "height", strconv.Itoa(got.Height), "fps", strconv.FormatFloat(o.MeasuredFPS, 'f', 1, 64))
	for _, c := range o.Controls {
		key := "ctl.status.control"
		if !c.OK {
			key = "ctl.status.control_differs"
		}
		t.say(key, "name", c.Name, "got", figure(c.ReadBack), "asked", figure(c.Asked))
	}
	t.saySwitch(*o)
}

func figure(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (t *tool) sayCases(s status) {
	if n := sum(s.Cases, openStates); n > 0 {
		t.say("ctl.status.open", "cases", cases(n))
	}
	if n := waiting(s.Cases); n == 0 {
		t.say("ctl.status.none_waiting")
	} else if s.OldestWaiting != nil {
		t.say("ctl.status.waiting", "cases", cases(n), "ago", ago(s.At.Wall.Sub(*s.OldestWaiting)))
	} else {
		t.say("ctl.status.waiting_plain", "cases", cases(n))
	}
	if n := sum(s.Cases, receivedStates); n == 0 {
		t.say("ctl.status.none_received")
	} else {
		t.say("ctl.status.received", "cases", cases(n), "at", maybe(s.LastReceived))
	}
}

func (t *tool) saySending(s *appliance.SendingStatus) {
	switch {
	case s == nil:
	case s.Reachable && s.TotalBytes > 0:
		t.say("ctl.status.sending", "sent", size(s.SentBytes), "total", size(s.TotalBytes))
	case s.Reachable:
		t.say("ctl.status.reachable")
	default:
		t.say("ctl.status.unreachable", "last", maybe(s.LastContact), "next", maybe(s.NextTry))
	}
	if s != nil && s.LastError != "" && !s.Reachable {
		t.say("ctl.status.reason", "reason", text.T(s.LastError, s.LastErrorParams))
	}
}

// sayModel says what the model may do here; its check in health says whether it is ready.
func (t *tool) sayModel(s status) {
	model := text.T("ctl.status.model_unknown", nil)
	for _, check := range s.Health.Checks {
		if check.Name == "model" {
			model = text.T(check.Key, check.Params)
		}
	}
	t.say("ctl.status.model", "pathway", string(s.Site.Pathway), "model", model)
}

// sayNeeds lists who must do what: cases set aside, then every check that is not well.
func (t *tool) sayNeeds(s status) {
	needed := false
	if n := s.Cases[appliance.Quarantined]; n > 0 {
		needed = true
		t.say("ctl.status.aside", "cases", cases(n))
	}
	for _, c := range s.SetAside {
		needed = true
		reason := c.LastError
		if text.Has(reason) {
			reason = text.Alone(reason)
		}
		t.say("ctl.status.set_aside", "reference", c.Reference, "reason", reason)
	}
	for _, check := range s.Health.Checks {
		if check.Level != health.OK {
			needed = true
			t.sayCheck(check)
		}
	}
	if !needed {
		t.say("ctl.status.nothing_needed")
	}
}

func (t *tool) sayCheck(c health.State) {
	key := "ctl.check"
	if c.Level == health.OK {
		key = "ctl.check_ok"
	}
	t.say(key, "name", c.Name, "level", text.T("health.level."+string(c.Level), nil), "why", text.T(c.Key, c.Params),
		"who", text.T("health.who."+string(c.Who), nil), "since", london(c.Since.Wall))
}

// size gives a number of bytes as people read it.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
