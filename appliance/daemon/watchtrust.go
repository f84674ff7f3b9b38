package daemon

import (
	"context"
	"strconv"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/health"
)

// certificateNotice is how long before its end IT is told that the box's certificate runs out.
const certificateNotice = 30 * 24 * time.Hour

// count notes how many cases are set aside, for every screen that says how sending stands.
func (w *watch) count(ctx context.Context) {
	counts, err := w.box.store.Counts(ctx)
	if err != nil {
		w.box.log.Error("cases cannot be counted", "code", appliance.CodeOf(err))
		return
	}
	w.box.aside.Store(int64(counts[appliance.Quarantined]))
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
// of another site, and a typing error in the settings must not set a clinic's cases aside.
func (x *box) site() appliance.Site {
	site := x.config.Facts()
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
