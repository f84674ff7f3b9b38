package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

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

// sealOf gives the token of all that a person signs for: patient, consent, answers and images. The model's word is not among
// it, since it may still be on its way when the page is drawn.
func sealOf(c *appliance.Case) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s|%v|%v|%v|%v", bannerOf(c), c.Referral, c.Consent, c.History, c.Lesions)
	for _, capture := range c.Captures {
		fmt.Fprintf(sum, "|%s", capture.ID)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// checkSeal refuses to sign for anything but what the page showed.
func checkSeal(c *appliance.Case, seal string) error {
	if err := checkBanner(c, bannerOf(c)); err != nil {
		return err
	}
	if seal != sealOf(c) {
		return appliance.E(appliance.Conflict, "error.visit.changed", nil)
	}
	return nil
}

// hasAnswers says whether the patient has been asked anything in this visit.
func hasAnswers(c *appliance.Case) bool {
	return c.Consent != (appliance.Consent{}) || c.History != (appliance.History{}) || len(c.Lesions) > 0
}

// anotherPerson says whether two of number, names and date of birth differ: one may be a slip that is corrected, two are
// somebody else. A number that was not known before is no difference.
func anotherPerson(a, b *appliance.Patient) bool {
	different := 0
	if a.NHSNumber != b.NHSNumber && a.NHSNumber != "" && b.NHSNumber != "" {
		different++
	}
	for _, pair := range [][2]string{
		{a.FamilyName, b.FamilyName}, {a.GivenName, b.GivenName}, {string(a.BirthDate), string(b.BirthDate)},
	} {
		if !strings.EqualFold(pair[0], pair[1]) {
			different++
		}
	}
	return different > 1
}
