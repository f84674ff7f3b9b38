package daemon

import (
	"context"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	trustsync "dermbox/sync"
	"dermbox/sync/client"
)

// newEngine makes what sends cases to the trust; nil, with the reason in unsent, when nothing can be sent.
func (x *box) newEngine(blobs trustsync.Blobs) *trustsync.Engine {
	if x.identity == nil {
		return nil
	}
	if !x.config.Sync.Enabled {
		x.unsent = "daemon.sync_off"
		return nil
	}
	transport, err := client.New(client.Options{
		URL: x.identity.HubURL, Certificate: x.identity.TLS(), CA: x.identity.CA, Clock: x.clock, Floor: x.clock.Bounded(),
	})
	if err != nil {
		x.log.Error("the enrolment names no hub that could be reached", "error", err)
		x.unenrolled("daemon.identity_damaged")
		return nil
	}
	x.closes = append(x.closes, func() error { transport.Close(); return nil })
	return trustsync.New(trustsync.Deps{
		Store: x.store, Blobs: blobs, Transport: transport, Signer: signed.NewSigner(x.identity.Key), Keys: x.keys, Clock: x.clock, Log: x.log,
		Identity: trustsync.Identity{Trust: x.identity.Trust, Site: x.identity.Site, Device: x.identity.Device, Epoch: x.store.Epoch()},
		Waiting:  x.waiting, Held: x.store.Held, Pace: trustsync.Pace{Interval: x.config.Sync.Interval},
	})
}

// waiting counts the cases that are signed off and have no receipt.
func (x *box) waiting(ctx context.Context) (int, error) {
	counts, err := x.store.Counts(ctx)
	return counts[appliance.Queued] + counts[appliance.Sending], err
}

// sending gives how sending stands, in the words that screens share. The cases that wait are counted now, in the store: the
// engine counts only when it works, and a screen must not say that all is received while it pauses.
func (x *box) sending(p *parts) appliance.SendingStatus {
	s := appliance.SendingStatus{LastError: x.unsent, NeedsIT: true}
	if p.engine != nil {
		s = p.engine.Status().Summary()
	}
	s.SetAside = int(x.aside.Load())
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n, err := x.waiting(ctx)
	s.Waiting, s.Uncounted = n, err != nil
	return s
}

// wake tells the sending engine, if there is one, that the outbox has work.
func (p *parts) wake() {
	if p.engine != nil {
		p.engine.Wake()
	}
}

// kick has the engine try now, whatever it was waiting for: a person asked.
func (p *parts) kick() {
	if p.engine != nil {
		p.engine.Kick()
	}
}
