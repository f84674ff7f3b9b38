package daemon

import (
	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/health"
)

// pathway gives the pathway that the box works in: the configured one where the pack in force was made for it, else
// CAPTURE_ONLY, and then health and log say why. A case records the one in force.
func (x *box) pathway() appliance.Pathway {
	var status string
	var madeFor []appliance.Pathway
	if p := x.signed.pack; p != nil {
		status, madeFor = string(p.Manifest.Status), p.Manifest.Pathways
	}
	configured := x.config.Site.Pathway
	inForce, reason := eligibility.PathwayInForce(configured, status, madeFor)
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
