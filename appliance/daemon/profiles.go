package daemon

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/camera/quality"
)

// installed is a quality profile that the settings name and that was whole at the start.
type installed struct {
	*quality.Profile
	check string // name of its health check
}

// profiles are the quality profiles of the box: for each optics and view at most one.
type profiles []installed

// loadProfiles reads the profiles in the order of the settings. One that is not whole is left out, as is one that would judge
// what an earlier one judges: which of them counts must not depend on chance. Health says of each how it stands.
func (x *box) loadProfiles(ctx context.Context, now time.Time) (all profiles) {
	for i, path := range x.config.QualityProfiles() {
		check := "profile"
		if i > 0 {
			check += " " + filepath.Base(path)
		}
		raw, ok := x.readSigned(check, path)
		if !ok {
			continue
		}
		p, err := quality.LoadProfile(ctx, raw, x.keys, now)
		if err == nil {
			err = all.overlap(p)
		}
		if x.verdict(check, "daemon.profile_ok", err) {
			all = append(all, installed{p, check})
		}
	}
	return all
}

// overlap refuses a profile for what another one is for.
func (all profiles) overlap(p *quality.Profile) error {
	for _, have := range all {
		if slices.ContainsFunc(p.Views, have.Judges) && slices.ContainsFunc(p.Optics, have.Allows) {
			return appliance.E(appliance.Conflict, "daemon.profile_overlaps", nil, "profile", p.Ref(), "other", have.Ref())
		}
	}
	return nil
}

// askForCard says whether any that is in force at the time asks for the reference card.
func (all profiles) askForCard(now time.Time) bool {
	return slices.ContainsFunc(all, func(have installed) bool {
		return have.Calibration != nil && signed.CheckExpiry(have.Header, now) == nil
	})
}

// find gives the profile that is in force at the time for a view of these optics; nil where there is none, with the key of the
// sentence that says what there is none for.
func (all profiles) find(optics appliance.OpticsID, view appliance.View, now time.Time) (p *quality.Profile, missing string) {
	missing = "daemon.no_profile_for_camera"
	for _, have := range all {
		if !have.Allows(optics) || signed.CheckExpiry(have.Header, now) != nil {
			continue
		}
		if have.Judges(view) {
			return have.Profile, ""
		}
		missing = "daemon.no_profile_for_view"
	}
	return nil, missing
}
