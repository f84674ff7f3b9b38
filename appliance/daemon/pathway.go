package daemon

import (
	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/health"
	"dermbox/inference/pack"
)

// pathwayWith gives the pathway that a manifest, nil for none, lets a box work in, and why it is another than the configured one.
func pathwayWith(configured appliance.Pathway, m *pack.Manifest) (inForce appliance.Pathway, reason string) {
	if m == nil {
		return eligibility.PathwayInForce(configured, "", nil)
	}
	return eligibility.PathwayInForce(configured, string(m.Status), m.Pathways)
}

// manifest gives the manifest of the pack in force, or of the one that is on its way to be the first; nil: there is none that may
// run now. A pack that ran out while it was in force counts no more than it would after a restart.
func (x *box) manifest() *pack.Manifest {
	m := x.pending.Load()
	if x.desk != nil {
		if inForce := x.desk.Client().Manifest(); inForce != nil {
			m = inForce
		}
	}
	if m == nil || x.fitManifest(m) != nil {
		return nil
	}
	return m
}

// pathway gives the pathway that the box works in: the configured one where the pack in force was made for it, else
// CAPTURE_ONLY, and then health and log say why. A case records the one in force.
func (x *box) pathway() appliance.Pathway {
	configured := x.config.Site.Pathway
	inForce, reason := pathwayWith(configured, x.manifest())
	check := health.Check{Level: health.OK, Key: "daemon.pathway_ok", Who: health.Nobody, Params: map[string]string{"pathway": string(inForce)}}
	if reason != "" {
		check = health.Check{Level: health.Error, Key: reason, Who: health.IT, Params: map[string]string{"pathway": string(configured)}}
		if old, known := x.health.Get("pathway"); !known || old.Key != reason {
			x.log.Error("the pathway of the settings is not in force", "configured", configured, "in_force", inForce, "why", reason)
		}
	}
	x.health.Set("pathway", check)
	return inForce
}
