package eligibility

import (
	"slices"

	"dermbox/appliance"
)

// approved is the only status of a pack with which a pathway may end in a discharge without a human's read.
const approved = "approved"

// PathwayInForce says which pathway a box works in, given the configured one and the pack in force: its manifest's status ("" if no
// pack is in force) and the pathways that it was made for. Where it differs the box works as CAPTURE_ONLY, and reason is the key
// of the sentence that says why, which takes {pathway}; otherwise reason is "".
//
// AUTONOMOUS_BENIGN asks for an approved pack that names it. The others keep their name without a pack, as before one is there:
// no model is ready then (rule X22), and each finding says so.
func PathwayInForce(configured appliance.Pathway, status string, pathways []appliance.Pathway) (inForce appliance.Pathway, reason string) {
	switch {
	case !asks(configured):
		return appliance.CaptureOnly, ""
	case configured == appliance.AutonomousBenign && (status != approved || !slices.Contains(pathways, configured)):
		return appliance.CaptureOnly, "daemon.pathway_not_approved"
	case status != "" && !slices.Contains(pathways, configured):
		return appliance.CaptureOnly, "daemon.pathway_not_in_pack"
	}
	return configured, ""
}
