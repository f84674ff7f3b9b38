package daemon

import (
	"context"
	"strconv"
	"strings"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/health"
)

// certificateNotice is how long before its end IT is told that the box's certificate runs out.
const certificateNotice = 30 * 24 * time.Hour

// slowly asks what is not asked at each look.
func (w *watch) slowly(ctx context.Context, now int64) {
	if w.asked != 0 && now-w.asked < seldom {
		return
	}
	w.asked = now
	w.count(ctx, now)
	w.staff(ctx)
	w.box.failures.settle(now, func(service string) { w.box.health.Remove("service " + service) })
}

// count notes how many cases are set aside, for every screen that says how sending stands.
func (w *watch) count(ctx context.Context, now int64) {
	if !w.counting.due(now) {
		return
	}
	counts, err := w.box.store.Counts(ctx)
	if err != nil {
		if code := appliance.CodeOf(err); w.counting.failed(now, code) {
			w.box.log.Error("cases cannot be counted; it is tried again", "code", code)
		}
		return
	}
	w.counting = trouble{}
	w.box.aside.Store(int64(counts[appliance.Quarantined]))
}

// staff tells when somebody cannot sign in because their entry is damaged. A list that cannot be read at all is the sign-in
// page's to complain of.
func (w *watch) staff(ctx context.Context) {
	_, damaged, err := w.box.staff.List(ctx)
	switch {
	case err != nil:
	case len(damaged) > 0:
		w.box.health.Set("staff", health.Check{Level: health.Warn, Key: "daemon.staff_damaged", Who: health.IT,
			Params: map[string]string{"ids": strings.Join(damaged, ", ")}})
	default:
		w.box.health.Remove("staff")
	}
}

// reconciled tells when box and hub do not hold the same.
func (w *watch) reconciled() {
	if w.parts.engine == nil {
		return
	}
	report := w.parts.engine.Status().Reconciled
	if report == nil {
		return
	}
	if report.Agrees() {
		w.box.health.Set("reconcile", health.Check{Level: health.OK, Key: "daemon.reconcile_ok", Who: health.Nobody,
			Params: map[string]string{"n": strconv.Itoa(report.Equal)}})
		return
	}
	w.box.health.Set("reconcile", health.Check{Level: health.Error, Key: "daemon.reconcile_differs", Who: health.IT, Params: map[string]string{
		"device": strconv.Itoa(len(report.OnlyDevice)), "hub": strconv.Itoa(len(report.OnlyHub)), "different": strconv.Itoa(len(report.Different)),
	}})
}

// certificate tells in time that the box's certificate runs out: from then on nothing can be sent.
func (w *watch) certificate() {
	if w.box.identity == nil {
		return
	}
	until := w.box.identity.Certificate.NotAfter
	left := until.Sub(w.box.clock.Bounded())
	check := health.Check{Level: health.OK, Key: "daemon.certificate_ok", Who: health.Nobody,
		Params: map[string]string{"until": until.UTC().Format("02-Jan-2006"), "days": strconv.Itoa(int(left / (24 * time.Hour)))}}
	switch {
	case left <= 0:
		check.Level, check.Key, check.Who = health.Error, "daemon.certificate_expired", health.IT
	case left < certificateNotice:
		check.Level, check.Key, check.Who = health.Warn, "daemon.certificate_soon", health.IT
	}
	w.box.health.Set("certificate", check)
}

// site gives where the box stands, as its cases record it. Trust and site are those of the enrolment: the hub refuses a case
// of another site, and a typing error in the settings must not set a clinic's cases aside. The pathway is the one in force.
func (x *box) site() appliance.Site {
	site := x.config.Facts()
	site.Pathway = x.pathway()
	if x.identity == nil {
		return site
	}
	if site.Trust != x.identity.Trust || site.Code != x.identity.Site {
		x.health.Set("site", health.Check{Level: health.Warn, Key: "daemon.site_mismatch", Who: health.IT,
			Params: map[string]string{"settings": site.Trust + " " + site.Code, "enrolment": x.identity.Trust + " " + x.identity.Site}})
		site.Trust, site.Code = x.identity.Trust, x.identity.Site
	}
	return site
}
