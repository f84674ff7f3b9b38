package ingest

import (
	"slices"

	"dermbox/appliance"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

// judgeCase reads case.json and says whether the case can be accepted: that it is the case which the manifest names, of the
// caller's trust and one of the sites that it was enrolled for, for patients or for demonstration as the hub itself is (hazard H17), with a patient, and with
// exactly the manifest's images. Clinical content is not judged here.
func judgeCase(d ledger.Device, sites []string, demonstration bool, entry wire.CaseEntry, caseJSON []byte) ledger.Judged {
	j := ledger.Judged{Entry: entry}
	c, err := wire.DecodeCase(caseJSON)
	switch {
	case err != nil:
		j.Code = wire.CaseUndecodable
	case c.ID != entry.ID || c.Version != entry.Version:
		j.Code = wire.CaseMismatch
	case c.Site.Trust != d.Trust || !slices.Contains(sites, c.Site.Code):
		j.Code = wire.CaseSite
	case c.Demonstration && !demonstration:
		j.Code = wire.CaseDemonstration
	case !c.Demonstration && demonstration:
		j.Code = wire.CaseLive
	case !identified(c.Patient):
		j.Code = wire.CasePatient
	case !sameImages(c, entry):
		j.Code = wire.CaseImages
	default:
		j.Case = c
	}
	return j
}

// identified says whether the trust can tell who the patient is: a name, and an NHS number that checks or the reason for
// having none.
func identified(p appliance.Patient) bool {
	if p.FamilyName == "" {
		return false
	}
	if p.NHSNumber == "" {
		return p.NoNHSNumberReason != ""
	}
	_, err := appliance.ParseNHSNumber(string(p.NHSNumber))
	return err == nil
}

func sameImages(c *appliance.Case, entry wire.CaseEntry) bool {
	images := map[appliance.CaptureID]wire.Part{}
	for _, p := range entry.Parts[1:] {
		images[p.CaptureID] = p
	}
	for _, capture := range c.Captures {
		p, found := images[capture.ID]
		if !found || p.SHA256 != capture.SHA256 || p.Size != capture.Size {
			return false
		}
	}
	return len(images) == len(c.Captures)
}
