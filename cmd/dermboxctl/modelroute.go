package main

import (
	"context"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/inference"
	"dermbox/inference/evaluate"
	"dermbox/inference/pack"
)

// router sends a judged picture the way its lesion would go in the clinic.
type router struct {
	engine *eligibility.Engine
	m      *pack.Manifest
	now    time.Time
}

// assumedYears and assumedSkin stand for what a list does not say: an adult whose skin type no rule keeps back.
const (
	assumedYears = 50
	assumedSkin  = "II"
)

// evaluationRules gives the rules of --rules, of the box, or where there is no box those that dermbox comes with.
func (t *tool) evaluationRules(ctx context.Context, flags ruleFlags) (*eligibility.Engine, evaluate.Rules, error) {
	from := "box"
	if flags.file != "" {
		from = "file"
	} else {
		flags.keyring = "" // the box's rules are signed for the box
		if t.noBox() {
			engine, err := eligibility.Parse(eligibility.Default())
			return engine, evaluate.Rules{Version: engine.Version(), Digest: engine.Digest(), From: "default"}, err
		}
	}
	f, err := t.inForce(ctx, flags)
	return f.engine, evaluate.Rules{Version: f.engine.Version(), Digest: f.engine.Digest(), From: from}, err
}

// routes asks the rules and the table of routes in every pathway of the pack, as a visit does at its end. Of the person the list's age and skin type
// count; nothing else in the history speaks against the model.
func (r router) routes(row evaluate.Row, s inference.Scores) (list []evaluate.Routed) {
	_, set, class, _ := inference.Interpret(r.m, s)
	facts := eligibility.Facts{ModelReady: true, OpticsAllowed: true, FieldMM: 15, LesionCap: 2, Now: r.now}
	for _, pathway := range r.m.Pathways {
		c := r.quiet(row, pathway)
		l := &c.Lesions[0]
		q := eligibility.Question{Pathway: pathway, Lesion: *l, Status: appliance.NotAssessed, Facts: facts, Hits: r.engine.Before(c, l, facts)}
		if !eligibility.Has(q.Hits, appliance.NoAI) {
			q.Hits = append(q.Hits, r.engine.After(c, l, set)...)
			if !eligibility.Has(q.Hits, appliance.AfterAI) && len(set) > 0 {
				q.Status, q.Class = appliance.Assessed, class
			}
		}
		routed := evaluate.Routed{Pathway: pathway, Route: r.engine.Route(q).Route}
		for _, hit := range q.Hits {
			routed.Rules = append(routed.Rules, hit.Rule)
		}
		list = append(list, routed)
	}
	return list
}

// quiet is a case of one lesion, small, flat and unchanged on a shoulder, that every question was answered about.
func (r router) quiet(row evaluate.Row, pathway appliance.Pathway) *appliance.Case {
	years, skin, no := row.Years, row.SkinType, appliance.No
	if years < 0 {
		years = assumedYears
	}
	if skin == evaluate.Unknown {
		skin = assumedSkin
	}
	const shoulder = "45981001"
	return &appliance.Case{
		Site:    appliance.Site{Pathway: pathway},
		Patient: appliance.Patient{BirthDate: appliance.Date(r.now.AddDate(-years, -6, 0).Format(time.DateOnly))},
		Consent: appliance.Consent{AI: appliance.Yes},
		History: appliance.History{SkinType: skin, Immunosuppressed: no},
		Lesions: []appliance.Lesion{{
			OnReferral: appliance.Yes, Site: shoulder, Laterality: appliance.Left, DiameterMM: 6,
			ChangeSize: no, ChangeShape: no, ChangeColour: no, Inflammation: no, Oozing: no, Sensation: no,
			Nodular: no, Growing: no, Ulcerated: no, PriorTreatment: no, Scar: no, Tattoo: no, HairUncleared: no, NotVisible: no, Rash: no,
		}},
	}
}
