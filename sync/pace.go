package trustsync

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"dermbox/appliance"
	"dermbox/sync/client"
	"dermbox/sync/wire"

	"github.com/cenkalti/backoff/v5"
)

// Pace says how long the engine waits. Zero fields take the defaults of decision 27.
type Pace struct {
	LinkLow, LinkHigh time.Duration // after a failure of the network: between these; 0.5 s and 2 s
	First             time.Duration // after the hub's first refusal that names no time; doubles; 2 s
	Slow              time.Duration // the first wait when a person must act; doubles; 1 min
	Portal            time.Duration // the longest wait behind a captive portal; 1 min
	Max               time.Duration // the longest wait of all; 1 h
	Interval          time.Duration // between looks into an outbox that said nothing; 1 min
	Compare           time.Duration // between comparisons with the hub that new receipts bring about; 15 min
	Reconcile         time.Duration // between comparisons with the hub otherwise; 24 h
}

func (p Pace) orDefaults() Pace {
	set := func(d *time.Duration, otherwise time.Duration) {
		if *d <= 0 {
			*d = otherwise
		}
	}
	set(&p.LinkLow, 500*time.Millisecond)
	set(&p.LinkHigh, 2*time.Second)
	set(&p.First, 2*time.Second)
	set(&p.Slow, time.Minute)
	set(&p.Portal, time.Minute)
	set(&p.Max, time.Hour)
	set(&p.Interval, time.Minute)
	set(&p.Compare, 15*time.Minute)
	set(&p.Reconcile, 24*time.Hour)
	return p
}

// pause is how long to wait; hold keeps new work from cutting it short, because the hub or a person asked for it.
type pause struct {
	wait time.Duration
	hold bool
}

// trouble is what kind of failure a wait follows.
type trouble int

const (
	link   trouble = iota // the network: try soon, it may come back any moment
	portal                // something that is not the hub answers
	hub                   // the hub asked us to wait, or is at fault
	local                 // the device's own store
	person                // nobody but a person can mend it
)

// pacer counts failures of each kind.
type pacer struct {
	pace Pace
	by   map[trouble]backoff.BackOff
}

func newPacer(p Pace) *pacer {
	grow := func(first, most time.Duration) backoff.BackOff {
		return &backoff.ExponentialBackOff{InitialInterval: first, RandomizationFactor: 0.3, Multiplier: 2, MaxInterval: most}
	}
	pc := &pacer{pace: p, by: map[trouble]backoff.BackOff{
		portal: grow(p.First, p.Portal), hub: grow(p.First, p.Max), local: grow(p.First, p.Portal), person: grow(p.Slow, p.Max),
	}}
	pc.reset()
	return pc
}

func (p *pacer) reset() {
	for _, b := range p.by {
		b.Reset()
	}
}

// after gives the pause after a failure. Waits that the hub named are never shortened, and spread upwards: a thousand
// devices must not come back in the same second.
func (p *pacer) after(err error) (pause, trouble) {
	t := troubleOf(err)
	if t == link {
		spread := p.pace.LinkHigh - p.pace.LinkLow
		return pause{wait: p.pace.LinkLow + rand.N(spread+1)}, t
	}
	wait := p.by[t].NextBackOff()
	if r, ok := errors.AsType[*client.Refused](err); ok && named(err) {
		return pause{wait: r.RetryAfter + rand.N(r.RetryAfter/4+1), hold: true}, t
	}
	return pause{wait: min(wait, p.pace.Max), hold: t == hub || t == person}, t
}

// named says whether the hub itself said when to come again.
func named(err error) bool {
	r, ok := errors.AsType[*client.Refused](err)
	return ok && r.RetryAfter > 0 && troubleOf(err) == hub
}

func troubleOf(err error) trouble {
	if r, ok := errors.AsType[*client.Refused](err); ok {
		if r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden || r.Body.Permanent && r.Body.Who() == wire.IT {
			return person
		}
		return hub
	}
	e, ok := errors.AsType[*appliance.Error](err)
	switch {
	case !ok:
		return local
	case e.Key == "sync.unreachable" || e.Key == "sync.stalled":
		return link
	case e.Key == "sync.portal":
		return portal
	case e.Key == "sync.bad_answer":
		return hub
	case e.Transient || e.Code == appliance.Internal || e.Code == appliance.Full:
		return local
	}
	return person
}
