package eligibility

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"dermbox/appliance"
)

// Bounds of a rule file: far more than the table needs.
const (
	maxText  = 300 // bytes of a source
	maxDepth = 4   // nested any and all
	maxWidth = 32  // members of one any or all
)

var (
	idForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)
	keyForm = regexp.MustCompile(`^rules\.[a-zA-Z0-9_.]{1,60}$`)
)

func invalid(place, reason string) error {
	return appliance.FieldError(place, "rules.invalid", "place", place, "reason", reason)
}

func (s *ruleSet) check() error {
	switch {
	case s.Schema != Schema:
		return invalid("schema", fmt.Sprintf("is %.40q, this program reads %q", s.Schema, Schema))
	case !idForm.MatchString(s.ID):
		return invalid("id", "must be lower-case letters, digits, dots and hyphens, at most 64")
	case s.Version < 1:
		return invalid("version", "must be 1 or more")
	case s.IssuedAt.IsZero():
		return invalid("issued_at", "is missing")
	case !s.ExpiresAt.IsZero() && !s.ExpiresAt.After(s.IssuedAt):
		return invalid("expires_at", "is not after issued_at")
	}
	seen := map[string]bool{}
	for i := range s.Rules {
		r := &s.Rules[i]
		if seen[r.ID] {
			return invalid(fmt.Sprintf("rule %.8q", r.ID), "is there twice")
		}
		seen[r.ID] = true
		if err := r.check(); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(least)) {
		if !seen[id] {
			return invalid("rules", "rule "+id+" is missing")
		}
	}
	if err := s.Discordance.check(); err != nil {
		return err
	}
	return s.Routes.check()
}

func (r *rule) check() error {
	must, known := least[r.ID]
	place := "rule " + r.ID
	switch {
	case !known:
		return invalid("rules", fmt.Sprintf("there is no rule %.8q; they are X01 to X22", r.ID))
	case r.Phase != phaseBefore && r.Phase != phaseAfter:
		return invalid(place, `phase must be "before" or "after"`)
	case r.Source == "" || len(r.Source) > maxText:
		return invalid(place, "source must say where the rule comes from")
	case !keyForm.MatchString(r.Key):
		return invalid(place, `key must be one of the catalogue's, "rules." and letters, digits, dots and underscores`)
	}
	for _, e := range must {
		if !slices.Contains(r.Effects, e) {
			return invalid(place, "must have the effect "+string(e))
		}
	}
	for i, e := range r.Effects {
		switch {
		case e != appliance.NoAI && e != appliance.HumanRequired && e != appliance.NeverLower && e != appliance.AfterAI:
			return invalid(place, fmt.Sprintf("there is no effect %.20q", e))
		case slices.Contains(r.Effects[:i], e):
			return invalid(place, "names an effect twice")
		case (e == appliance.AfterAI) != (r.Phase == phaseAfter):
			return invalid(place, "the effect after_ai and the phase after belong together")
		}
	}
	if err := r.When.check(place, r.Phase, maxDepth); err != nil {
		return err
	}
	if minimum := floor[r.ID]; !r.When.covers(&minimum) {
		return appliance.FieldError(place, "rules.below_floor", "rule", r.ID)
	}
	return nil
}

func (c *condition) check(place string, p phase, depth int) error {
	forms := 0
	for _, set := range []bool{c.Any != nil, c.All != nil, c.Field != "", c.Test != ""} {
		if set {
			forms++
		}
	}
	children := append(slices.Clone(c.Any), c.All...)
	switch {
	case forms != 1:
		return invalid(place, "each condition has exactly one of any, all, field and test")
	case depth == 0:
		return invalid(place, "any and all are nested too deep")
	case c.Any != nil || c.All != nil:
		if len(children) == 0 || len(children) > maxWidth {
			return invalid(place, fmt.Sprintf("any and all have 1 to %d conditions", maxWidth))
		}
		for i := range children {
			if err := children[i].check(place, p, depth-1); err != nil {
				return err
			}
		}
	case c.Field != "":
		if _, known := questions[c.Field]; !known {
			return invalid(place, fmt.Sprintf("there is no field %.40q to ask", c.Field))
		}
		if len(c.Is) != 1 || c.Is[0] != appliance.Yes && c.Is[0] != appliance.No {
			return invalid(place, `"is" must hold "yes" or "no"; an unknown answer hits by itself`)
		}
	default:
		if t, known := tests[c.Test]; !known || t.phase != p {
			return invalid(place, fmt.Sprintf("there is no test %.40q in phase %s", c.Test, p))
		}
	}
	return c.checkParameters(place)
}

// checkParameters demands the parameters that the test uses and refuses all others.
func (c *condition) checkParameters(place string) error {
	uses := tests[c.Test].uses
	for _, parameter := range []struct {
		name string
		set  bool
	}{{"years", c.Years != 0}, {"kinds", c.Kinds != nil}, {"perhaps", c.Perhaps != nil}, {"types", c.Types != nil}, {"is", c.Is != nil}} {
		used := slices.Contains(uses, parameter.name) || parameter.name == "is" && c.Field != ""
		optional := parameter.name == "perhaps"
		if parameter.set && !used || !parameter.set && used && !optional {
			return invalid(place, "the parameters do not fit the condition: "+parameter.name)
		}
	}
	if c.Years < 0 || c.Years > 120 || c.Kinds != nil && len(c.Kinds) == 0 || c.Types != nil && len(c.Types) == 0 {
		return invalid(place, "a parameter is empty or out of range")
	}
	for _, t := range c.Types {
		if !slices.Contains(fitzpatrick, t) {
			return invalid(place, fmt.Sprintf("there is no skin type %.10q", t))
		}
	}
	for _, k := range append(slices.Clone(c.Kinds), c.Perhaps...) {
		if !slices.Contains(siteKinds, k) {
			return invalid(place, fmt.Sprintf("there is no kind of site %.20q", k))
		}
	}
	return nil
}

// siteKinds are the kinds that a rule may name: all but plain skin.
var siteKinds = []appliance.SiteKind{
	appliance.Acral, appliance.PartlyAcral, appliance.Mucosal, appliance.PartlyMucosal, appliance.Ungual, appliance.Genital,
	appliance.Hairy, appliance.AlwaysHairy, appliance.Inaccessible,
}
