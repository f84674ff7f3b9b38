package server

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/sync/hub/people"
	"dermbox/ui/hub"
)

// Pages makes the people's website: sign-in, the list of received cases and their pages. Guesses of passwords are limited
// by address here, and by account in package people.
func (h *Hub) Pages() (http.Handler, error) {
	screen, err := hub.New(hub.Options{Cases: desk{h}, People: door{h.People}, TrustName: h.Authority.Name, Hosts: h.Hosts,
		Demonstration: h.Demonstration, Clock: h.Clock, Log: h.Log})
	if err != nil {
		return nil, err
	}
	limit := newLimiter()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && !limit.allow(r) {
			http.Error(w, text.T("ui.refused.often", nil), http.StatusTooManyRequests)
			return
		}
		screen.ServeHTTP(w, r)
	}), nil
}

// door lets the screen check passwords.
type door struct{ people *people.Directory }

// Authenticate is hub.People.
func (d door) Authenticate(ctx context.Context, address, user, password string) (hub.Person, error) {
	p, err := d.people.Authenticate(ctx, address, user, password)
	return hub.Person{Username: p.Username, Name: p.Name, Role: p.Role}, err
}

// desk lets the screen read cases.
type desk struct{ h *Hub }

// List is hub.Cases.
func (d desk) List(ctx context.Context, _, after string, limit int) (hub.CasePage, error) {
	page, err := d.h.Ledger.CasePage(ctx, d.h.Authority.Trust, after, limit)
	if err != nil {
		return hub.CasePage{}, err
	}
	lines := make([]hub.CaseLine, len(page.Cases))
	for i, r := range page.Cases {
		lines[i] = hub.CaseLine{ID: r.ID, Site: r.Site, Device: r.Device.ID, Route: r.Route, Urgent: r.Urgent, Invented: r.Demonstration,
			Captured: r.SignedOff, ReceivedAt: r.ReceivedAt}
	}
	return hub.CasePage{Lines: lines, Next: page.Next, Total: page.Total}, nil
}

// Alarms is hub.Cases.
func (d desk) Alarms(ctx context.Context) ([]hub.AlarmCount, error) {
	counts, err := d.h.Ledger.CountAlarms(ctx, d.h.Authority.Trust)
	if err != nil {
		return nil, err
	}
	var all []hub.AlarmCount
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, hub.AlarmCount{Kind: kind, Count: counts[kind]})
	}
	return all, nil
}

// Case is hub.Cases.
func (d desk) Case(ctx context.Context, actor string, id appliance.CaseID) (*hub.CaseDetail, error) {
	c, err := d.h.Case(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	return &hub.CaseDetail{Case: *c.Case, Device: c.Row.Device.ID, Batch: c.Row.Batch, ReceivedAt: c.Row.ReceivedAt,
		ReceiptKeyID: c.Row.ReceiptKey, ManifestDigest: c.Row.ManifestDigest}, nil
}

// Image is hub.Cases.
func (d desk) Image(ctx context.Context, actor string, id appliance.CaseID, capture appliance.CaptureID) ([]byte, error) {
	return d.h.Image(ctx, actor, id, capture)
}
