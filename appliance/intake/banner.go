package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"dermbox/appliance"
)

// bannerOf gives the token of the patient whom a page shows. It changes with every identifying field, so that a page that
// was drawn before a correction cannot write after it. It needs no secret: it guards against a mix-up, not an attacker,
// who would need a session first.
func bannerOf(c *appliance.Case) string {
	if c.State == appliance.Draft {
		return ""
	}
	p := c.Patient
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%q|%q|%s|%s", c.ID, p.NHSNumber, p.FamilyName, p.GivenName, p.BirthDate, p.Gender))
	return hex.EncodeToString(sum[:8])
}

// checkBanner refuses a write whose page showed another patient than the one that is confirmed now.
func checkBanner(c *appliance.Case, banner string) error {
	if !c.State.Open() {
		return appliance.E(appliance.Conflict, "error.visit.closed", nil)
	}
	if c.State == appliance.Draft {
		return appliance.E(appliance.Conflict, "error.visit.not_identified", nil)
	}
	if banner != bannerOf(c) {
		return appliance.E(appliance.Conflict, "error.visit.banner", nil)
	}
	return nil
}
