package hub

import (
	"slices"

	"dermbox/appliance"
)

// findings gives a case's findings as reviewers may see them: all of them, but in pathway SHADOW nothing of what the model said. Its
// answers are kept in the case to be compared later, and must not touch anybody's care now (domain 1.2).
func findings(c *appliance.Case) []appliance.Finding {
	list := slices.Clone(c.Findings)
	if c.Site.Pathway != appliance.Shadow {
		return list
	}
	for i := range list {
		f := &list[i]
		after := func(h appliance.RuleHit) bool { return slices.Contains(h.Effects, appliance.AfterAI) }
		if slices.ContainsFunc(f.Hits, func(h appliance.RuleHit) bool { return after(h) && h.Rule == f.Reason }) {
			f.Reason = ""
		}
		f.Class, f.Classes, f.Stills, f.Discordant = "", nil, nil, false
		f.Hits = slices.DeleteFunc(slices.Clone(f.Hits), after)
	}
	return list
}
