package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dermbox/appliance"
)

// Run is `make run`: it sets up what is missing, takes one case through the line, and stays until ctx ends unless Once is
// set. The error is a *StepError, and nil only when every step succeeded.
func Run(ctx context.Context, o Options) (err error) {
	d, err := New(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	began := time.Now()
	if err := d.Setup(ctx); err != nil {
		return err
	}
	if !o.Network {
		if err := d.StopHub(); err != nil {
			return &StepError{"hub", err}
		}
		d.print.Say("demo.network_off")
	}
	if err := d.StartScope(ctx); err != nil {
		return &StepError{"camera", err}
	}
	if err := d.StartBox(ctx); err != nil {
		return &StepError{"box", err}
	}
	if err := d.Model(ctx); err != nil {
		return &StepError{"model", err}
	}
	if err := d.Calibrate(ctx); err != nil {
		return &StepError{"card", err}
	}
	id, err := d.Visit(ctx)
	if err != nil {
		return err
	}
	finish := d.Deliver
	if !o.Network {
		finish = d.waits
	}
	if err := finish(ctx, id); err != nil {
		return err
	}
	d.print.Say("demo.done", "seconds", fmt.Sprintf("%.1f", time.Since(began).Seconds()))
	if o.Once {
		return nil
	}
	return d.stay(ctx, id)
}

// waits checks that a case which cannot go is safe on the box and shown as waiting.
func (d *Demo) waits(ctx context.Context, id appliance.CaseID) error {
	t, err := d.Await(ctx, id, 10*time.Second, func(t Trace) bool { return t.State == appliance.Queued || t.State == appliance.Sending })
	if err != nil {
		return &StepError{"waiting", err}
	}
	s, err := d.Status(ctx)
	switch {
	case err != nil:
	case s.Sending == nil:
		err = errors.New("the box says nothing about sending")
	case s.Sending.Waiting < 1:
		err = errors.New("the box shows no case as waiting")
	case t.Receipt != nil:
		err = errors.New("the case has a receipt although the network is off")
	}
	if err == nil {
		err = d.kioskShows(ctx, t)
	}
	if err != nil {
		return &StepError{"waiting", err}
	}
	d.print.Waiting(t, d.sendingSentence(ctx))
	return nil
}

// kioskShows checks that staff see the case on the kiosk's page of sending.
func (d *Demo) kioskShows(ctx context.Context, t Trace) error {
	page, err := d.visited.Browser.Get(ctx, "/sending")
	if err != nil {
		return err
	}
	if !strings.Contains(page.Text, t.Reference) {
		return fmt.Errorf("the kiosk's page of sending does not show %s: %s", t.Reference, short(page.Text))
	}
	return nil
}

// stay tells where everything is and waits for Ctrl-C, or for a program that ends unasked. A case that was waiting is
// announced when it has arrived.
func (d *Demo) stay(ctx context.Context, id appliance.CaseID) error {
	d.print.Say("demo.up", "kiosk", "http://"+address(d.Ports.Kiosk), "staff", staffName, "pin", staffPIN,
		"hub", "https://"+address(d.Ports.HubPeople), "user", HubUser, "password", HubPassword)
	arrived := d.Network
	if !arrived {
		d.print.Say("demo.try_hub")
	}
	for {
		select {
		case <-ctx.Done():
			d.print.Say("demo.stopping")
			return nil
		case <-d.box.Done():
			return &StepError{"box", fmt.Errorf("dermboxd ended (exit status %d): %s", d.box.ExitCode(), d.box.LastWords())}
		case <-d.scope.Done():
			return &StepError{"camera", fmt.Errorf("the simulated dermatoscope ended (exit status %d): %s", d.scope.ExitCode(), d.scope.LastWords())}
		case <-ended(d.hub):
			return &StepError{"hub", fmt.Errorf("dermhub ended (exit status %d): %s", d.hub.ExitCode(), d.hub.LastWords())}
		case <-time.After(time.Second):
		}
		if arrived {
			continue
		}
		if t, err := d.Trace(ctx, id); err == nil && t.Receipt != nil {
			arrived = true
			if err := d.Deliver(ctx, id); err != nil {
				return err
			}
		}
	}
}

// ended is closed when the process has ended, and never for none.
func ended(p *Process) <-chan struct{} {
	if p == nil {
		return nil
	}
	return p.Done()
}

// RunHub is `make hub`: the demo trust's hub alone, until ctx ends.
func RunHub(ctx context.Context, o Options) (err error) {
	o.Network = true
	d, err := New(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.checkHubPlace(ctx); err != nil {
		return &StepError{"hub", err}
	}
	if err := d.MakeTrust(ctx); err != nil {
		return &StepError{"trust", err}
	}
	before, err := d.HubCases(ctx)
	if err == nil {
		err = d.StartHub(ctx)
	}
	if err != nil {
		return &StepError{"hub", err}
	}
	if d.hub == nil {
		return appliance.E(appliance.Conflict, "demo.hub_runs", nil)
	}
	d.print.Say("demo.hub_up", "hub", "https://"+address(d.Ports.HubPeople), "user", HubUser, "password", HubPassword)
	if held, err := d.hold("box"); err == nil && held {
		d.print.Say("demo.no_box")
		if err := d.release("box"); err != nil { // it was taken to look only
			return err
		}
	}
	return d.announce(ctx, before)
}

// announce prints each case that arrives at the hub beside those that were there before, until ctx ends.
func (d *Demo) announce(ctx context.Context, before []appliance.CaseID) error {
	for {
		select {
		case <-ctx.Done():
			d.print.Say("demo.stopping")
			return nil
		case <-d.hub.Done():
			return &StepError{"hub", fmt.Errorf("dermhub ended (exit status %d): %s", d.hub.ExitCode(), d.hub.LastWords())}
		case <-time.After(time.Second):
		}
		ids, err := d.HubCases(ctx)
		if err != nil {
			continue // it is looked for again in a second; a hub that ended is seen above
		}
		for _, id := range ids {
			if !slices.Contains(before, id) {
				before = append(before, id)
				d.print.Say("demo.hub_case", "reference", id.Reference(), "id", string(id))
			}
		}
	}
}
