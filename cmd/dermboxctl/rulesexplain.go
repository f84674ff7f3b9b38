package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/intake"
	"dermbox/appliance/text"
	"dermbox/sync/wire"
)

// explained is a case by the rules: what "rules explain --json" prints. It holds nothing of who the patient is.
type explained struct {
	Reference string            `json:"reference"`
	Mark      string            `json:"not_for_clinical_use,omitempty"` // status of a model that is not approved
	Pathway   appliance.Pathway `json:"pathway"`
	Rules     string            `json:"rules"`
	Digest    string            `json:"digest"`
	Signed    bool              `json:"signed"`
	Lesions   []explainedLesion `json:"lesions"`
	Route     appliance.Route   `json:"route"` // of the most urgent lesion
}

type explainedLesion struct {
	ID         appliance.LesionID `json:"id"`
	Label      string             `json:"label"`
	Facts      []fact             `json:"facts"`
	Before     []explainedHit     `json:"before"`
	Asked      bool               `json:"model_may_be_asked"`
	Answered   bool               `json:"answered"`          // an answer is in the case and counts
	Set        []appliance.Class  `json:"classes,omitempty"` // over their thresholds, most severe first
	Reason     string             `json:"reason,omitempty"`  // why there is no answer
	After      []explainedHit     `json:"after"`             // of an answer
	Route      appliance.Route    `json:"route"`
	Discordant bool               `json:"discordant"`
	Why        string             `json:"why"`
	Recorded   appliance.Route    `json:"recorded_route,omitempty"` // what the case itself says
	ByRules    string             `json:"recorded_rules,omitempty"`
}

type explainedHit struct {
	Rule     string             `json:"rule"`
	Effects  []appliance.Effect `json:"effects"`
	Unknown  bool               `json:"unknown"` // it hits because something is not known
	Source   string             `json:"source"`
	Sentence string             `json:"sentence"`
}

func (t *tool) rulesExplainCommand() *cobra.Command {
	var rules ruleFlags
	var facts factFlags
	cmd := t.reading("explain CASE.json|ID|REFERENCE", "rules.explain", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		if err := facts.check(); err != nil {
			return err
		}
		c, err := t.caseToExplain(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		f, err := t.inForce(cmd.Context(), rules)
		if err != nil {
			return err
		}
		if facts.given("pathway") {
			c.Site.Pathway = appliance.Pathway(facts.pathway)
		}
		x := t.explain(f, c, &facts)
		return t.show(x, func() { t.sayExplained(x) })
	})
	rules.add(cmd)
	facts.add(cmd)
	return cmd
}

// caseToExplain takes a file, or a case of the box by its id or reference. A file of that name is what is meant.
func (t *tool) caseToExplain(ctx context.Context, name string) (*appliance.Case, error) {
	_, err := os.Stat(name)
	if err == nil || !appliance.ValidID(name) && !strings.HasPrefix(strings.ToUpper(name), "DX-") {
		return t.caseFile(name)
	}
	c, err := t.settings()
	if err != nil {
		return nil, err
	}
	return t.caseOfBox(ctx, c, name)
}

// caseOfBox reads a case from the box's store, as "case show" does. Of a real patient it gives none: whoever looks after the box has
// no need of what is clinical.
func (t *tool) caseOfBox(ctx context.Context, c config.Config, name string) (*appliance.Case, error) {
	s, err := t.readStore(ctx, c, true)
	if err != nil {
		return nil, err
	}
	defer shut(s)
	id, err := idOf(ctx, s, name)
	if err != nil {
		return nil, err
	}
	trace, err := s.Trace(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case !trace.Demonstration:
		return nil, appliance.E(appliance.Forbidden, "ctl.rules.real_patient", nil, "reference", id.Reference())
	}
	return s.Case(ctx, id)
}

// caseFile reads a case.json as it goes to the trust. Its error names the field; the value may be a patient's.
func (t *tool) caseFile(path string) (*appliance.Case, error) {
	raw, err := t.readFile(path, wire.MaxCaseJSON)
	if err != nil {
		return nil, err
	}
	c, err := wire.DecodeCase(raw)
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		reason := "it does not fit"
		if cause := errors.Unwrap(e); cause != nil {
			reason = cause.Error()
		}
		if e.Field == "" {
			return nil, appliance.E(appliance.Invalid, "ctl.rules.no_case", err, "path", path, "reason", reason, "schema", appliance.CaseSchema)
		}
		return nil, appliance.FieldError(e.Field, "ctl.rules.case_invalid", "path", path, "field", e.Field, "reason", reason, "schema", appliance.CaseSchema)
	}
	return c, err
}

func (t *tool) explain(f ruleFile, c *appliance.Case, facts *factFlags) explained {
	x := explained{Reference: c.ID.Reference(), Pathway: c.Site.Pathway, Rules: f.engine.Version(), Digest: f.engine.Digest(),
		Signed: !f.draft(), Lesions: []explainedLesion{}, Mark: c.Unapproved()}
	again := appliance.Case{}
	for i := range c.Lesions {
		l := t.explainLesion(f.engine, c, &c.Lesions[i], facts)
		x.Lesions = append(x.Lesions, l)
		again.Findings = append(again.Findings, appliance.Finding{Route: l.Route})
	}
	x.Route = again.MostUrgent()
	return x
}

func (t *tool) explainLesion(e *eligibility.Engine, c *appliance.Case, l *appliance.Lesion, flags *factFlags) explainedLesion {
	facts, list := flags.facts(c, l, t.now())
	hits := e.Before(c, l, facts)
	markAssumed(hits, list)
	x := explainedLesion{ID: l.ID, Label: l.Label, Facts: list, Before: explainHits(hits), Asked: eligibility.MayJudge(c.Site.Pathway, hits),
		After: []explainedHit{}}
	q := eligibility.Question{Pathway: c.Site.Pathway, Lesion: *l, Status: appliance.NotAssessed, Facts: facts}
	x.Set, x.Answered, x.Reason = intake.Word(c, l.ID)
	if eligibility.Has(hits, appliance.NoAI) { // the box keeps nothing of an answer then
		x.Set, x.Answered, x.Reason = nil, false, "rules.why.ineligible"
	}
	if x.Answered {
		after := e.After(c, l, x.Set)
		x.After, hits = explainHits(after), append(hits, after...)
		if len(x.Set) > 0 {
			q.Status, q.Class = appliance.Assessed, x.Set[0]
		}
	}
	q.Hits = hits
	d := e.Route(q)
	x.Route, x.Discordant = d.Route, d.Discordant
	x.Why = sentence(d.Why, "class", string(q.Class), "pathway", orDash(string(q.Pathway)))
	if f, ok := c.Finding(l.ID); ok {
		x.Recorded, x.ByRules = f.Route, f.RulesVersion
	}
	return x
}

// markAssumed marks as not certain what hits only because of a fact that was assumed: the engine has no third answer for these two.
func markAssumed(hits []appliance.RuleHit, facts []fact) {
	for i := range hits {
		name := map[string]string{"X17": "optics_allowed", "X22": "model_ready"}[hits[i].Rule]
		if slices.ContainsFunc(facts, func(f fact) bool { return f.Name == name && f.From == assumed }) {
			hits[i].Unknown = true
		}
	}
}

func explainHits(hits []appliance.RuleHit) []explainedHit {
	list := []explainedHit{}
	for _, h := range hits {
		list = append(list, explainedHit{h.Rule, h.Effects, h.Unknown, h.Source, text.T(h.Key, nil)})
	}
	return list
}

func (t *tool) sayExplained(x explained) {
	t.say("ctl.rules.case", "reference", x.Reference, "pathway", orDash(string(x.Pathway)), "rules", x.Rules)
	t.sayMark(x.Mark)
	if !x.Signed {
		t.say("ctl.rules.unsigned")
	}
	if len(x.Lesions) == 0 {
		t.say("ctl.rules.no_lesions")
	}
	for _, l := range x.Lesions {
		t.sayLesion(l)
	}
	t.say("ctl.rules.total", "route", route(x.Route))
}

func (t *tool) sayLesion(l explainedLesion) {
	label := l.Label
	if label == "" {
		label = string(l.ID)
	}
	t.say("ctl.rules.lesion", "label", label)
	for _, f := range l.Facts {
		value := f.Value
		if key := "ctl.rules.value." + value; text.Has(key) {
			value = text.T(key, nil)
		}
		t.say("ctl.rules.fact", "name", text.T("ctl.rules.fact."+f.Name, nil), "value", value, "from", text.T("ctl.rules.from."+f.From, nil))
	}
	t.sayHits("before", "ctl.rules.no_hit", l.Before)
	t.sayAnswer(l)
	t.say("ctl.rules.route", "route", route(l.Route), "why", l.Why)
	if l.Recorded != "" {
		key := "ctl.rules.recorded"
		if l.Recorded != l.Route {
			key = "ctl.rules.recorded_differs"
		}
		t.say(key, "route", route(l.Recorded), "rules", orDash(l.ByRules))
	}
}

func (t *tool) sayAnswer(l explainedLesion) {
	switch {
	case !l.Answered && l.Reason == "":
		t.say("ctl.rules.no_answer")
		return
	case !l.Answered:
		t.say("ctl.rules.no_answer_why", "reason", text.T(l.Reason, nil))
		return
	case len(l.Set) == 0:
		t.say("ctl.rules.answer_none")
	default:
		names := make([]string, len(l.Set))
		for i, c := range l.Set {
			names[i] = string(c)
		}
		t.say("ctl.rules.answer", "set", strings.Join(names, ", "))
	}
	t.sayHits("after", "ctl.rules.no_hit_after", l.After)
}

func (t *tool) sayHits(phase, none string, hits []explainedHit) {
	if len(hits) == 0 {
		t.say(none)
	}
	for _, h := range hits {
		t.say("ctl.rules.hit_"+phase, "rule", h.Rule, "effects", effects(h.Effects),
			"truth", truth(h.Unknown), "sentence", h.Sentence, "source", h.Source)
	}
}

// truth says whether a rule hits for certain.
func truth(unknown bool) string {
	if unknown {
		return text.T("ctl.rules.unknown", nil)
	}
	return text.T("ctl.rules.certain", nil)
}
