package daemon

import (
	"context"
	"net/http"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/store"
	"dermbox/appliance/supervise"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/ui/kiosk"
)

// web serves the kiosk on the listener that was opened at the start.
func (x *box) web(p *parts) supervise.Func {
	return func(ctx context.Context) error {
		o := kiosk.Options{
			Visits: p.intake, Staff: people{x}, Preview: preview{p.camera}, Hints: hints{p.hints}, Viewers: &x.viewers, Sending: outbox{x, p}, Health: checks{x},
			Site: x.site(), Demonstration: !x.config.IsLive(), Model: model{p.desk, x}.inForce, Clock: x.clock, Log: x.log,
		}
		o.Reference = cards{x, p}
		if p.shutter.Configured() {
			o.Presses = presses{p.shutter}
		}
		handler, err := kiosk.New(o)
		if err != nil {
			return err
		}
		server := &http.Server{ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute}
		return serveHTTP(ctx, x.kiosk, handler, server, x.log)
	}
}

// people is the staff list as the sign-in page needs it: whoever may sign in.
type people struct{ *box }

func (p people) List(ctx context.Context) ([]appliance.Operator, error) {
	members, _, err := p.staff.List(ctx) // watch tells of damaged entries
	if err != nil {
		return nil, err
	}
	var list []appliance.Operator
	for _, m := range members {
		if !m.Disabled {
			list = append(list, appliance.Operator{ID: m.ID, Name: m.Name, Role: m.Role})
		}
	}
	return list, nil
}

func (p people) Authenticate(ctx context.Context, id, pin string) (appliance.Operator, error) {
	return p.staff.Authenticate(ctx, id, pin)
}

// preview is the camera as the kiosk needs it.
type preview struct{ client *camera.Client }

func (p preview) Subscribe() kiosk.Subscription { return viewer{p.client.Hub().Subscribe()} }

func (p preview) State() kiosk.PreviewState {
	state, changed := p.client.Watch()
	return kiosk.PreviewState{Ready: state.Live(), Key: state.Key, Params: state.Params, Changed: changed}
}

type viewer struct{ *camera.Subscription }

func (v viewer) Next(ctx context.Context) (uint64, float64, []byte, error) {
	frame, err := v.Subscription.Next(ctx)
	if err != nil {
		return 0, 0, nil, err
	}
	return frame.Seq, float64(frame.Exposed.Wall.UnixMicro()) / 1000, frame.JPEG, nil
}

// outbox is sending as the kiosk needs it.
type outbox struct {
	*box
	*parts
}

func (o outbox) Status() appliance.SendingStatus { return o.box.sending(o.parts) }
func (o outbox) TryNow()                         { o.kick() }

// How many cases the page of sending lists: what still needs something, and of what was received the newest.
const (
	listUnsent   = 1000
	listReceived = 100
)

func (o outbox) Drafts(ctx context.Context) ([]appliance.CaseSummary, error) {
	return o.store.List(ctx, store.Filter{Limit: listUnsent, States: []appliance.State{
		appliance.Draft, appliance.Identified, appliance.Consented, appliance.HistoryDone, appliance.Capturing,
	}})
}

func (o outbox) List(ctx context.Context) ([]appliance.CaseSummary, error) {
	unsent, err := o.store.List(ctx, store.Filter{Limit: listUnsent, States: []appliance.State{appliance.Quarantined, appliance.Queued, appliance.Sending}})
	if err != nil {
		return nil, err
	}
	received, err := o.store.List(ctx, store.Filter{Limit: listReceived, States: []appliance.State{appliance.Receipted, appliance.Purgeable, appliance.Purged}})
	return append(unsent, received...), err
}

// cards is the reference card as the kiosk needs it.
type cards struct {
	*box
	*parts
}

func (c cards) State() kiosk.ReferenceState {
	s := c.reference(c.parts)
	state := kiosk.ReferenceState{Asked: s.asked(), OK: s.key == referenceFresh, Sentence: text.T(s.key, s.params())}
	if s.counts() {
		state.InForce = &s.last
		state.Fresh, state.Counts = s.until()
	}
	return state
}

func (c cards) Calibrate(ctx context.Context, op appliance.Operator) (bool, string, error) {
	result, err := c.calibrate(ctx, c.parts, op.ID)
	return result.Pass, result.Sentence, err
}

// checks are the box's health in words.
type checks struct{ *box }

func (c checks) Checks() []kiosk.HealthLine {
	var lines []kiosk.HealthLine
	for _, s := range c.health.Snapshot().Checks {
		lines = append(lines, kiosk.HealthLine{
			Name: s.Name, Level: string(s.Level), Sentence: text.T(s.Key, s.Params), Who: text.T("health.who."+string(s.Who), nil), Since: s.Since.Wall,
		})
	}
	return lines
}
