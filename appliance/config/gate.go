package config

import "strings"

// Gate is the quality gate's list of profiles.
type Gate struct {
	Profiles []string `key:"profiles"` // signed quality profiles, one for each view
}

// check wants the profiles named once, in the list or, as settings from before the list have it, alone.
func (g Gate) check(r *reader, q Quality) {
	switch {
	case q.Profile != "" && len(g.Profiles) > 0:
		r.problem("quality.profile", "config.profile_twice", "value", show(q.Profile))
	case q.Profile == "" && len(g.Profiles) == 0:
		r.problem("quality.profiles", "config.required")
	}
	for _, path := range g.Profiles {
		required(r, "quality.profiles", path)
	}
}

// text is the list as a value that nobody can write to.
func (g Gate) text(q Quality) string {
	if q.Profile != "" {
		return q.Profile
	}
	return strings.Join(g.Profiles, "\n")
}

// QualityProfiles gives the paths of the signed quality profiles; the list is the caller's own.
func (c Config) QualityProfiles() []string { return lines(c.profiles) }
