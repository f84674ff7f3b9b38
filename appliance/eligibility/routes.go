package eligibility

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"dermbox/appliance"
)

// routes is the table of domain 1.10.
type routes struct {
	Classes map[appliance.Class]appliance.Route   `json:"classes"` // every class but BENIGN
	Benign  map[appliance.Pathway]appliance.Route `json:"benign"`  // by pathway; in SECOND_READ with any doubt, that of TRIAGE_PRIORITY
	NoAI    withoutAI                             `json:"no_ai"`
}

// withoutAI are the routes of a lesion whose class does not decide.
type withoutAI struct {
	Ineligible appliance.Route `json:"ineligible"` // a rule excludes it, or the pathway has no AI
	Failed     appliance.Route `json:"failed"`     // no answer, or none that counts
	Discordant appliance.Route `json:"discordant"` // benign against the lesion's history
}

// discordance is when a history contradicts a benign answer. Nodular and growing does so always.
type discordance struct {
	SevenPoint int `json:"seven_point"` // 1 to 3: from this score on
}

// laxest is the threshold of NICE NG12 1.7.1: a file may take a lower score for a contradiction, never only a higher one.
const laxest = 3

func (d discordance) check() error {
	switch {
	case d.SevenPoint > laxest:
		return appliance.FieldError("discordance.seven_point", "rules.discordance_below_floor", "value", strconv.Itoa(d.SevenPoint), "most", strconv.Itoa(laxest))
	case d.SevenPoint < 1:
		return invalid("discordance.seven_point", "must be 1 to 3")
	}
	return nil
}

// pathwaysOfBenign are those in which a benign answer has a route of its own. SHADOW and CAPTURE_ONLY ignore it.
var pathwaysOfBenign = []appliance.Pathway{appliance.TriagePriority, appliance.SecondReadPathway, appliance.AutonomousBenign}

// entry is one line of the table: where it stands, its route and the least urgent one that it may have.
type entry struct {
	place        string
	route, least appliance.Route
	among        []appliance.Route
}

var (
	judged    = []appliance.Route{appliance.UrgentReview, appliance.DermReview}
	notJudged = []appliance.Route{appliance.UrgentReview, appliance.DermReviewNoAI}
	second    = []appliance.Route{appliance.UrgentReview, appliance.DermReview, appliance.SecondRead}
)

// check refuses a table with a class or pathway that is missing or not known, a route that is not known or does not fit its line,
// one less urgent than the floor, and one by which a worse answer would be seen later than a better one or than none.
func (r *routes) check() error {
	for _, c := range slices.Sorted(maps.Keys(r.Classes)) {
		if !slices.Contains(vocabulary, c) {
			return invalid("routes.classes", fmt.Sprintf("there is no class %.20q here; they are %v", c, vocabulary))
		}
	}
	for _, p := range slices.Sorted(maps.Keys(r.Benign)) {
		if !slices.Contains(pathwaysOfBenign, p) {
			return invalid("routes.benign", fmt.Sprintf("there is no pathway %.20q here; they are %v", p, pathwaysOfBenign))
		}
	}
	for _, line := range r.lines() {
		if err := line.check(); err != nil {
			return err
		}
	}
	return r.checkOrder()
}

// lines gives the table with the floor of each line.
func (r *routes) lines() []entry {
	var list []entry
	for _, c := range vocabulary {
		least := appliance.DermReview
		if c == appliance.Melanoma || c == appliance.SCC {
			least = appliance.UrgentReview
		}
		list = append(list, entry{"routes.classes." + string(c), r.Classes[c], least, judged})
	}
	for _, p := range pathwaysOfBenign {
		line := entry{"routes.benign." + string(p), r.Benign[p], appliance.DermReview, judged}
		if p == appliance.SecondReadPathway {
			line.least, line.among = appliance.SecondRead, second
		}
		list = append(list, line)
	}
	return append(list,
		entry{"routes.no_ai.ineligible", r.NoAI.Ineligible, appliance.DermReviewNoAI, notJudged},
		entry{"routes.no_ai.failed", r.NoAI.Failed, appliance.DermReviewNoAI, notJudged},
		entry{"routes.no_ai.discordant", r.NoAI.Discordant, appliance.DermReviewNoAI, notJudged})
}

func (l entry) check() error {
	switch {
	case l.route == "":
		return invalid(l.place, "is missing")
	case !slices.Contains([]appliance.Route{appliance.UrgentReview, appliance.DermReview, appliance.DermReviewNoAI, appliance.SecondRead}, l.route):
		return invalid(l.place, fmt.Sprintf("there is no route %.30q", l.route))
	case l.route.Urgency() < l.least.Urgency():
		return appliance.FieldError(l.place, "rules.route_below_floor", "place", l.place, "route", string(l.route), "least", string(l.least))
	case !slices.Contains(l.among, l.route):
		return invalid(l.place, fmt.Sprintf("must be one of %v", l.among))
	}
	return nil
}

// checkOrder holds the lines against each other: a class is not seen later than a milder one, an answer not later than none (but
// for the second reader's), a contradicted one not later than one that is not, and none not later than where no model is asked.
func (r *routes) checkOrder() error {
	at := map[string]appliance.Route{}
	for _, line := range r.lines() {
		at[line.place] = line.route
	}
	const no, benign, classes = "routes.no_ai.", "routes.benign.", "routes.classes."
	pairs := [][2]string{{no + "ineligible", no + "failed"}, {no + "failed", no + "discordant"}}
	for _, p := range pathwaysOfBenign {
		if p != appliance.SecondReadPathway {
			pairs = append(pairs, [2]string{no + "failed", benign + string(p)})
		}
		mildest := vocabulary[len(vocabulary)-1]
		pairs = append(pairs, [2]string{benign + string(p), no + "discordant"}, [2]string{benign + string(p), classes + string(mildest)})
	}
	for i := range vocabulary[1:] {
		pairs = append(pairs, [2]string{classes + string(vocabulary[i+1]), classes + string(vocabulary[i])})
	}
	for _, p := range pairs {
		if at[p[1]].Urgency() < at[p[0]].Urgency() {
			return invalid(p[1], "must not be less urgent than "+p[0])
		}
	}
	return nil
}
