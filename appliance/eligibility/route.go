package eligibility

import "dermbox/appliance"

// MayJudge says whether a model may be asked about a lesion at all: not in a pathway without AI, and not against a rule.
func MayJudge(pathway appliance.Pathway, hits []appliance.RuleHit) bool {
	switch pathway {
	case appliance.Shadow, appliance.TriagePriority, appliance.SecondReadPathway:
		return !Has(hits, appliance.NoAI)
	}
	return false
}

// Route says where a lesion goes, and whether its history contradicts a benign answer (discordance). Status and class are
// the model's finding, hits the rules of Before and After.
//
// Without a usable answer a lesion goes to a dermatologist without AI. An answer can raise that (melanoma and squamous cell
// carcinoma: seen the same working day) and never lower it, but for one case: in pathway SECOND_READ a lesion without a
// single hit, benign, and whose history rules discordance out, goes to a second reader. Pathway SHADOW keeps the answer and ignores it, CAPTURE_ONLY
// has none, and a pathway that is not known counts as CAPTURE_ONLY.
//
// Discordance is what the history says for certain; an answer of unsure, or none, is not reported as one. It still keeps the
// route from being lowered: what is not known counts as the safe side.
func Route(pathway appliance.Pathway, l appliance.Lesion, status appliance.AIStatus, class appliance.Class,
	hits []appliance.RuleHit) (appliance.Route, bool) {
	usable := status == appliance.Assessed && MayJudge(pathway, hits) && !Has(hits, appliance.AfterAI)
	discordant := usable && class == appliance.Benign && contradicts(l)
	if !usable || discordant || pathway == appliance.Shadow {
		return appliance.DermReviewNoAI, discordant
	}
	switch class {
	case appliance.Melanoma, appliance.SCC:
		return appliance.UrgentReview, false
	case appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus:
		return appliance.DermReview, false
	case appliance.Benign:
		if pathway == appliance.SecondReadPathway && len(hits) == 0 && !mayContradict(l) {
			return appliance.SecondRead, false
		}
		return appliance.DermReview, false
	}
	return appliance.DermReviewNoAI, false // no class, or one that this program does not know
}

// contradicts says whether the lesion's history speaks against a benign answer: a seven-point score of 3 or more (NICE NG12
// 1.7.1), or nodular and growing.
func contradicts(l appliance.Lesion) bool {
	return l.SevenPoint() >= 3 || l.Nodular == appliance.Yes && l.Growing == appliance.Yes
}

// mayContradict says whether the lesion's history could speak against a benign answer if what is not known were known.
func mayContradict(l appliance.Lesion) bool {
	return l.SevenPointAtMost() >= 3 || l.Nodular != appliance.No && l.Growing != appliance.No
}
