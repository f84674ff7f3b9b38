package eligibility_test

import (
	"errors"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/text"
)

type object = map[string]any

// line writes one line of the table of routes into the default rules; a nil value takes it out.
func line(t testing.TB, part, name string, value any) []byte {
	t.Helper()
	return edited(t, func(f object) { put(f["routes"].(object)[part].(object), name, value) })
}

func put(o object, name string, value any) {
	if value == nil {
		delete(o, name)
		return
	}
	o[name] = value
}

func top(t testing.TB, name string, value any) []byte {
	t.Helper()
	return edited(t, func(f object) { put(f, name, value) })
}

func lines(t testing.TB, change func(classes, benign, noAI object)) []byte {
	t.Helper()
	return edited(t, func(f object) {
		r := f["routes"].(object)
		change(r["classes"].(object), r["benign"].(object), r["no_ai"].(object))
	})
}

// routeFiles are tables of routes with the key of the error and a part of what it says; "" for a good one. Beyond are those of which
// the JSON Schema sees nothing wrong: they compare lines with each other.
func routeFiles(t testing.TB) (files map[string]routeFile) {
	const urgent, derm, none, second = "URGENT_DERM_REVIEW", "DERM_REVIEW", "DERM_REVIEW_NO_AI", "SECOND_READ"
	const invalid, floor, discord = "rules.invalid", "rules.route_below_floor", "rules.discordance_below_floor"
	return map[string]routeFile{
		"the default":             {eligibility.Default(), "", "", false},
		"carcinomas urgent":       {line(t, "classes", "BCC", urgent), "", "", false},
		"nobody's second reader":  {line(t, "benign", second, derm), "", "", false},
		"everything urgent":       {edited(t, func(f object) { everyRoute(f, urgent) }), "", "", false},
		"discordant urgent":       {line(t, "no_ai", "discordant", urgent), "", "", false},
		"one point contradicts":   {top(t, "discordance", object{"seven_point": 1}), "", "", false},
		"two points contradict":   {top(t, "discordance", object{"seven_point": 2}), "", "", false},
		"no table":                {top(t, "routes", nil), invalid, "routes.classes.MEL", false},
		"no classes":              {edited(t, func(f object) { delete(f["routes"].(object), "classes") }), invalid, "routes.classes.MEL", false},
		"no benign":               {edited(t, func(f object) { delete(f["routes"].(object), "benign") }), invalid, "routes.benign.TRIAGE_PRIORITY", false},
		"no routes without AI":    {edited(t, func(f object) { delete(f["routes"].(object), "no_ai") }), invalid, "routes.no_ai.ineligible", false},
		"melanoma missing":        {line(t, "classes", "MEL", nil), invalid, "routes.classes.MEL", false},
		"naevus missing":          {line(t, "classes", "ATYP_NAEVUS", nil), invalid, "is missing", false},
		"a pathway missing":       {line(t, "benign", "AUTONOMOUS_BENIGN", nil), invalid, "is missing", false},
		"failed missing":          {line(t, "no_ai", "failed", nil), invalid, "routes.no_ai.failed", false},
		"a class of another word": {line(t, "classes", "NV", derm), invalid, "no class \"NV\"", false},
		"benign among classes":    {line(t, "classes", "BENIGN", derm), invalid, "no class \"BENIGN\"", false},
		"shadow has a route":      {line(t, "benign", "SHADOW", derm), invalid, "no pathway \"SHADOW\"", false},
		"an unknown route":        {line(t, "classes", "BCC", "ROUTINE"), invalid, "no route \"ROUTINE\"", false},
		"a discharge":             {line(t, "benign", "AUTONOMOUS_BENIGN", "DISCHARGE"), invalid, "no route", false},
		"an unknown cause":        {line(t, "no_ai", "late", none), invalid, "unknown field", false},
		"melanoma lowered":        {line(t, "classes", "MEL", derm), floor, "routes.classes.MEL", false},
		"squamous lowered":        {line(t, "classes", "SCC", derm), floor, "URGENT_DERM_REVIEW", false},
		"naevus to the second":    {line(t, "classes", "ATYP_NAEVUS", second), floor, "routes.classes.ATYP_NAEVUS", false},
		"benign lowered, triage":  {line(t, "benign", "TRIAGE_PRIORITY", second), floor, "routes.benign.TRIAGE_PRIORITY", false},
		"benign lowered, left":    {line(t, "benign", "AUTONOMOUS_BENIGN", second), floor, "routes.benign.AUTONOMOUS_BENIGN", false},
		"failed lowered":          {line(t, "no_ai", "failed", second), floor, "routes.no_ai.failed", false},
		"discordant lowered":      {line(t, "no_ai", "discordant", second), floor, "routes.no_ai.discordant", false},
		"a judged one as not":     {line(t, "classes", "BCC", none), invalid, "must be one of", false},
		"not judged as judged":    {line(t, "no_ai", "ineligible", derm), invalid, "must be one of", false},
		"naevus before carcinoma": {line(t, "classes", "ATYP_NAEVUS", urgent), invalid, "not be less urgent", true},
		"benign before naevus":    {lines(t, func(_, b, n object) { b["TRIAGE_PRIORITY"], n["discordant"] = urgent, urgent }), invalid, "not be less urgent", true},
		"failed before an answer": {lines(t, func(_, _, n object) { n["failed"], n["discordant"] = urgent, urgent }), invalid, "not be less urgent", true},
		"failed before discord":   {line(t, "no_ai", "failed", urgent), invalid, "routes.no_ai.discordant", true},
		"excluded before failed":  {line(t, "no_ai", "ineligible", urgent), invalid, "routes.no_ai.failed", true},
		"contradiction from four": {top(t, "discordance", object{"seven_point": 4}), discord, "is 4", false},
		"contradiction from none": {top(t, "discordance", object{"seven_point": 0}), invalid, "1 to 3", false},
		"contradiction missing":   {top(t, "discordance", nil), invalid, "discordance.seven_point", false},
		"contradiction empty":     {top(t, "discordance", object{}), invalid, "discordance.seven_point", false},
		"contradiction by parts":  {top(t, "discordance", object{"seven_point": 2.5}), invalid, "", false},
	}
}

type routeFile struct {
	payload   []byte
	key, says string
	beyond    bool
}

// A file that is signed may route higher than domain 1.10, never lower.
func TestTablesOfRoutes(t *testing.T) {
	for name, c := range routeFiles(t) {
		t.Run(name, func(t *testing.T) {
			_, err := eligibility.Parse(c.payload)
			if c.key == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || e.Code != appliance.Invalid || e.Key != c.key || !strings.Contains(text.Error(e), c.says) {
				t.Errorf("error %v: %s", err, text.Error(err))
			}
		})
	}
}

// The threshold is the file's: a stricter one finds a contradiction earlier.
func TestStricterDiscordance(t *testing.T) {
	l := *eligible().lesion()
	l.ChangeSize = appliance.Yes
	q := eligibility.Question{Pathway: appliance.TriagePriority, Lesion: l, Status: appliance.Assessed, Class: appliance.Benign, Facts: eligible().f}
	for score, want := range map[int]bool{1: true, 2: true, 3: false} {
		e := parsed(t, top(t, "discordance", object{"seven_point": score}))
		if d := e.Route(q); d.Discordant != want {
			t.Errorf("from %d points, with two: %+v", score, d)
		}
	}
}

func TestPathwayInForce(t *testing.T) {
	all := []appliance.Pathway{appliance.CaptureOnly, appliance.Shadow, appliance.TriagePriority, appliance.SecondReadPathway, appliance.AutonomousBenign}
	most := all[:4]
	const none, notApproved, notInPack = "", "daemon.pathway_not_approved", "daemon.pathway_not_in_pack"
	for name, c := range map[string]struct {
		configured appliance.Pathway
		status     string
		pathways   []appliance.Pathway
		want       appliance.Pathway
		reason     string
	}{
		"no AI, no pack":               {appliance.CaptureOnly, none, nil, appliance.CaptureOnly, ""},
		"no AI, whatever the pack":     {appliance.CaptureOnly, "approved", nil, appliance.CaptureOnly, ""},
		"listed":                       {appliance.SecondReadPathway, "simulation", most, appliance.SecondReadPathway, ""},
		"not listed":                   {appliance.SecondReadPathway, "approved", []appliance.Pathway{appliance.Shadow}, appliance.CaptureOnly, notInPack},
		"a pack that lists nothing":    {appliance.TriagePriority, "approved", nil, appliance.CaptureOnly, notInPack},
		"shadow is listed too":         {appliance.Shadow, "evaluation", []appliance.Pathway{appliance.TriagePriority}, appliance.CaptureOnly, notInPack},
		"no pack yet":                  {appliance.TriagePriority, none, nil, appliance.TriagePriority, ""},
		"left to the trust":            {appliance.AutonomousBenign, "approved", all, appliance.AutonomousBenign, ""},
		"left, but not approved":       {appliance.AutonomousBenign, "evaluation", all, appliance.CaptureOnly, notApproved},
		"left, but only a simulation":  {appliance.AutonomousBenign, "simulation", all, appliance.CaptureOnly, notApproved},
		"left, approved for the rest":  {appliance.AutonomousBenign, "approved", most, appliance.CaptureOnly, notApproved},
		"left, without a pack":         {appliance.AutonomousBenign, none, nil, appliance.CaptureOnly, notApproved},
		"left, a list without a pack":  {appliance.AutonomousBenign, none, all, appliance.CaptureOnly, notApproved},
		"a word that nobody knows":     {"DISCHARGE", "approved", append(all, "DISCHARGE"), appliance.CaptureOnly, ""},
		"no word":                      {"", "approved", all, appliance.CaptureOnly, ""},
		"an approval in other letters": {appliance.AutonomousBenign, "Approved", all, appliance.CaptureOnly, notApproved},
	} {
		t.Run(name, func(t *testing.T) {
			got, reason := eligibility.PathwayInForce(c.configured, c.status, c.pathways)
			if got != c.want || reason != c.reason || reason != "" && !text.Has(reason) {
				t.Errorf("%s, %q", got, reason)
			}
		})
	}
}
