package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/signed"
	"dermbox/firmware/keyring"
	"dermbox/sync/wire"
)

// rules signs a rule file with a demonstration's key and puts it where the settings look.
func (r *rig) rules(payload []byte) {
	r.t.Helper()
	in := r.write("rules.draft.json", string(payload))
	_, err := keyring.SignFile(r.t.Context(), signed.KindRules, in, demoKeys+"clinical.key.pem", r.path("rules.json"))
	r.ok(err)
}

const (
	lesionOne = appliance.LesionID("aaaaaaaa-1111-4111-8111-111111111111")
	lesionTwo = appliance.LesionID("bbbbbbbb-2222-4222-8222-222222222222")
	stillOne  = appliance.CaptureID("cccccccc-3333-4333-8333-333333333333")
)

// caseToExplain is a signed-off case: a melanoma by the model's word, and a lesion with an open question that no model may see.
func caseToExplain() *appliance.Case {
	no := appliance.No
	lesion := appliance.Lesion{ID: lesionOne, Label: "L1", OnReferral: appliance.Yes, Site: "45981001", Laterality: appliance.Left, DiameterMM: 6,
		ChangeSize: no, ChangeShape: no, ChangeColour: no, Inflammation: no, Oozing: no, Sensation: no, Nodular: no, Growing: no, Ulcerated: no,
		PriorTreatment: no, Scar: no, Tattoo: no, HairUncleared: no, NotVisible: no, Rash: no}
	other := lesion
	other.ID, other.Label, other.Scar = lesionTwo, "L2", appliance.Unsure
	classes := []appliance.ClassResult{{Label: "mel", Class: appliance.Melanoma, Probability: 0.6, Threshold: 0.2, Over: true},
		{Label: "nv", Class: appliance.Benign, Probability: 0.4, Threshold: 0.3, Over: true}}
	model := appliance.ModelRef{ID: "m", Version: "1", Status: "simulation"}
	return &appliance.Case{Schema: appliance.CaseSchema, ID: received, Version: 1, Demonstration: true,
		Site:    appliance.Site{Trust: "RX0", Code: "RX0DM", Name: "Test clinic", Pathway: appliance.TriagePriority, LesionCap: 2},
		Started: appliance.Stamp{Wall: moment.Add(-time.Hour)}, SignedOff: appliance.Stamp{Wall: moment},
		Patient: appliance.Patient{FamilyName: "Secret", GivenName: "Patient", NHSNumber: "9990000018", BirthDate: "1960-02-03"},
		Consent: appliance.Consent{Photography: appliance.Yes, AI: appliance.Yes},
		History: appliance.History{SkinType: "V", Immunosuppressed: no}, Lesions: []appliance.Lesion{lesion, other},
		Captures: []appliance.Capture{{ID: stillOne, LesionID: lesionOne, View: appliance.Dermoscopic, MediaType: "image/jpeg", Size: 8,
			SHA256: strings.Repeat("0a", 32), Camera: appliance.Camera{Optics: "dermbox-simulated-scope", FieldMM: 20}}},
		Findings: []appliance.Finding{
			{LesionID: lesionOne, Status: appliance.Assessed, Class: appliance.Melanoma, Classes: classes, Model: model, ModelState: appliance.ModelReady,
				Route: appliance.UrgentReview, RulesVersion: "dermbox-default/3", Captures: []appliance.CaptureID{stillOne},
				Stills: []appliance.StillResult{{Capture: stillOne, Model: model, Class: appliance.Melanoma, Classes: classes}}},
			{LesionID: lesionTwo, Status: appliance.NotAssessed, Reason: "X09", Route: appliance.DermReviewNoAI, RulesVersion: "dermbox-default/3",
				ModelState: appliance.ModelReady, Hits: []appliance.RuleHit{{Rule: "X09"}}}},
		Route: appliance.UrgentReview}
}

func (r *rig) caseFile(name string, c *appliance.Case) string {
	r.t.Helper()
	raw, err := wire.CaseJSON(c)
	r.ok(err)
	return r.write(name, string(raw))
}

func TestRulesExplain(t *testing.T) {
	r := newRig(t, "")
	r.rules(eligibility.Default())
	path := r.caseFile("case.json", caseToExplain())
	r.call("rules", "explain", path).golden(t, "rules-explain", 0)
	r.call("rules", "explain", path, "--json").golden(t, "rules-explain-json", 0)
	r.in = read(t, path)
	var x explained
	r.call("rules", "explain", "-", "--json").decode(t, &x)
	if x.Route != appliance.UrgentReview || len(x.Lesions) != 2 || x.Lesions[0].Asked != true || x.Lesions[1].Asked {
		t.Errorf("%+v", x)
	}
	for _, word := range []string{"Secret", "Patient", "9990000018", "1960"} {
		if out := r.call("rules", "explain", path).out + r.call("rules", "explain", path, "--json").out; strings.Contains(out, word) {
			t.Errorf("it tells who the patient is: %s", word)
		}
	}
}

// A case of the box is named as "case show" names it. Of a real patient nothing clinical is shown.
func TestRulesExplainACaseOfTheBox(t *testing.T) {
	r := newRig(t, "")
	r.rules(eligibility.Default())
	reference := received.Reference()
	r.call("rules", "explain", reference).want(t, 4, "no case database")
	r.seed()
	for _, name := range []string{reference, string(received)} {
		r.call("rules", "explain", name).want(t, 0, "Case "+reference, "X17", "the case says")
	}
	r.call("rules", "explain", "DX-99999999").want(t, 4, "No case on this box")
	s, fake := r.open()
	live := &appliance.Case{Schema: appliance.CaseSchema, ID: lesionAsCase, Version: 1, State: appliance.Draft, Started: fake.Now(),
		Lesions: []appliance.Lesion{{ID: lesionOne, Label: "L1"}}}
	r.ok(s.CreateCase(t.Context(), live, event(fake)))
	r.ok(s.Close())
	got := r.call("rules", "explain", string(lesionAsCase))
	got.want(t, 6, "real patient", "dermboxctl case show")
	if strings.Contains(got.out, "X07") {
		t.Errorf("it tells what is clinical: %s", got.out)
	}
	// A file of that name is what is meant.
	r.call("rules", "explain", r.caseFile("DX-file", caseToExplain())).want(t, 0, "L1")
	r.ok(os.Remove(r.config.Vault.KeyFile))
	r.call("rules", "explain", reference).want(t, 5, "the vault is not open here")
}

const lesionAsCase = appliance.CaseID("66666666-6666-4666-8666-666666666666")

// Of a case that says nothing, and of which no flag says anything, all counts as the safe side, and it is said that it was assumed.
func TestRulesExplainOfABareCase(t *testing.T) {
	r := newRig(t, "")
	r.rules(eligibility.Default())
	bare := &appliance.Case{Schema: appliance.CaseSchema, ID: received, Version: 1, Lesions: []appliance.Lesion{{ID: lesionOne}}}
	path := r.caseFile("bare.json", bare)
	r.call("rules", "explain", path).golden(t, "rules-explain-bare", 0)
	r.call("rules", "explain", r.caseFile("none.json", &appliance.Case{Schema: appliance.CaseSchema, ID: received, Version: 1})).want(t, 0, "has no lesion", "no AI")
}

// A flag says what the case does not; the case's own word stands.
func TestRulesExplainTakesFlags(t *testing.T) {
	r := newRig(t, "")
	r.rules(eligibility.Default())
	c := caseToExplain()
	c.Findings, c.Captures, c.Site.LesionCap, c.Lesions = nil, nil, 0, c.Lesions[:1]
	path := r.caseFile("case.json", c)
	hits := func(args ...string) (ids []string, l explainedLesion) {
		t.Helper()
		var x explained
		r.call(append([]string{"rules", "explain", path, "--json"}, args...)...).decode(t, &x)
		for _, h := range x.Lesions[0].Before {
			ids = append(ids, h.Rule)
		}
		return ids, x.Lesions[0]
	}
	if got, _ := hits(); !slices.Equal(got, []string{"X07", "X13", "X15", "X17", "X22"}) {
		t.Errorf("without flags: %v", got)
	}
	got, l := hits("--model-ready", "--optics-allowed", "--field-mm", "20", "--lesion-cap", "2")
	if !slices.Equal(got, []string{"X15"}) || !l.Asked || l.Route != appliance.DermReviewNoAI || l.Recorded != "" {
		t.Errorf("with flags: %v, %+v", got, l)
	}
	if _, l := hits("--model-ready", "--optics-allowed", "--field-mm", "20", "--lesion-cap", "2", "--pathway", "CAPTURE_ONLY"); l.Asked || !strings.Contains(l.Why, "CAPTURE_ONLY") {
		t.Errorf("in CAPTURE_ONLY: %+v", l)
	}
	path = r.caseFile("case.json", caseToExplain())
	if got, _ := hits("--model-ready=false", "--optics-allowed=false", "--field-mm", "1", "--lesion-cap", "1"); !slices.Equal(got, []string{"X15"}) {
		t.Errorf("against the case's own word: %v", got)
	}
}

// Another file than the box's may be looked at before anybody signs it.
func TestRulesExplainByADraft(t *testing.T) {
	r := newRig(t, "")
	path := r.caseFile("case.json", caseToExplain())
	var file map[string]any
	r.ok(json.Unmarshal(eligibility.Default(), &file))
	for _, rule := range file["rules"].([]any) {
		if rule := rule.(map[string]any); rule["id"] == "X15" {
			rule["effects"] = []string{"human_required", "never_lower", "no_ai"}
		}
	}
	raw, err := json.Marshal(file)
	r.ok(err)
	r.call("rules", "explain", path, "--rules", r.write("draft.json", string(raw))).want(t, 0, "are a draft", "X15 human_required, never_lower, no_ai",
		"dermatologist, no AI: A rule excludes", "the case says otherwise: dermatologist, same day")
}

func TestRulesExplainRefusals(t *testing.T) {
	r := newRig(t, "")
	good := r.caseFile("case.json", caseToExplain())
	r.call("rules", "explain", good).want(t, 4, "rules.json") // no rules are there
	r.rules(eligibility.Default())
	text := read(t, good)
	for name, c := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"no file":             {[]string{r.path("none.json")}, 4, []string{"$BOX/none.json"}},
		"no JSON":             {[]string{r.write("a.json", "{")}, 3, []string{"$BOX/a.json cannot be read: ", "dermbox.case/1"}},
		"another schema":      {[]string{r.write("b.json", strings.Replace(text, "dermbox.case/1", "dermbox.case/9", 1))}, 3, []string{`at "schema"`, "not dermbox.case/1"}},
		"a field too many":    {[]string{r.write("c.json", strings.Replace(text, `"version":1`, `"version":1,"height":2`, 1))}, 3, []string{"a field that this version does not know"}},
		"a word for a number": {[]string{r.write("d.json", strings.Replace(text, `"diameter_mm":6`, `"diameter_mm":"Secret"`, 1))}, 3, []string{"diameter_mm"}},
		"a lesion's id":       {[]string{r.write("e.json", strings.Replace(text, string(lesionOne), "x", 1))}, 3, []string{"lesions[0].id"}},
		"pathway":             {[]string{good, "--pathway", "DISCHARGE"}, 3, []string{"DISCHARGE", "SECOND_READ"}},
		"field":               {[]string{good, "--field-mm", "-3"}, 3, []string{"--field-mm is -3", "0.1 to 100"}},
		"cap":                 {[]string{good, "--lesion-cap", "99"}, 3, []string{"--lesion-cap is 99", "1 to 20"}},
		"draft of no use":     {[]string{good, "--rules", r.write("f.json", `{"schema":"dermbox.rules/1"}`)}, 3, []string{"rule file cannot be used"}},
		"rules of no key":     {[]string{good, "--rules", r.otherKey()}, 6, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := r.call(append([]string{"rules", "explain"}, c.args...)...)
			got.want(t, c.code, c.says...)
			if strings.Contains(got.err, "Secret") {
				t.Errorf("it says a value: %s", got.err)
			}
		})
	}
}

// otherKey gives a rule file that a key of another role signed.
func (r *rig) otherKey() string {
	r.t.Helper()
	in := r.write("wrong.json", string(eligibility.Default()))
	_, err := keyring.SignFile(r.t.Context(), signed.KindRules, in, demoKeys+"model.key.pem", r.path("wrong.signed.json"))
	r.ok(err)
	return r.path("wrong.signed.json")
}

func TestRulesShow(t *testing.T) {
	r := newRig(t, "")
	r.rules(eligibility.Default())
	r.call("rules", "show").golden(t, "rules-show", 0)
	var s shownRules
	r.call("rules", "show", "--json").decode(t, &s)
	if len(s.Lines) != 22 || len(s.Routes) != 12 || !s.Signed || s.SevenPoint != 3 || s.Lines[0].Sentence == "" || s.Lines[0].Source == "" {
		t.Errorf("%+v", s)
	}
	// What ran out is not in force, as for the box.
	var file map[string]any
	r.ok(json.Unmarshal(eligibility.Default(), &file))
	file["expires_at"] = "2026-11-02T00:00:00Z"
	raw, err := json.Marshal(file)
	r.ok(err)
	r.rules(raw)
	r.call("rules", "show").want(t, 6, "2026-11-02")
	r.call("rules", "show", "--rules", r.path("rules.json")).want(t, 0, "dermbox-default/3")
	r.call("rules", "check", r.path("rules.json")).want(t, 0, "time has passed")
}

func TestRulesCheck(t *testing.T) {
	r := newRig(t, "")
	r.rules(eligibility.Default())
	r.call("rules", "check", r.path("rules.json")).golden(t, "rules-check", 0)
	r.call("rules", "check", r.path("rules.draft.json")).want(t, 0, "22 rules", "It is not signed")
	var c checkedRules
	r.call("rules", "check", r.path("rules.json"), "--json").decode(t, &c)
	if c.Rules != "dermbox-default/3" || c.Count != 22 || c.Key != "demo" || c.Expired {
		t.Errorf("%+v", c)
	}
	lower := strings.Replace(string(eligibility.Default()), `"MEL": "URGENT_DERM_REVIEW"`, `"MEL": "DERM_REVIEW"`, 1)
	r.call("rules", "check", r.write("lower.json", lower)).want(t, 3, "routes.classes.MEL is DERM_REVIEW", "at least URGENT_DERM_REVIEW")
	r.call("rules", "check", r.otherKey()).want(t, 6)
	r.call("rules", "check", r.path("none.json")).want(t, 4, "$BOX/none.json")
	if err := os.WriteFile(r.path("x.json"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.call("rules", "check", r.path("x.json")).want(t, 3, "rule file cannot be used")
}
