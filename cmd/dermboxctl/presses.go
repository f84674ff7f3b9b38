package main

import (
	"fmt"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/store"
	"dermbox/appliance/text"
)

// sayPresses says of each press of Capture what came of it: the reason for keeping a poor still, and what failed with its number.
func (t *tool) sayPresses(presses []store.Attempt) {
	for i, p := range presses {
		pairs := []string{"n", fmt.Sprint(i + 1), "view", string(p.View), "outcome", outcome(presses, i), "scores", scores(p.Verdict)}
		if p.Reason != "" {
			t.say("ctl.case.press_reason", append(pairs, "reason", p.Reason)...)
			continue
		}
		t.say("ctl.case.press", pairs...)
	}
}

// outcome says what became of a press; a poor still is replaced by the next press for the same lesion and view.
func outcome(presses []store.Attempt, i int) string {
	p := presses[i]
	switch p.Outcome {
	case store.OutcomeKept:
		return text.T("ctl.press.kept", nil)
	case store.OutcomeHeld:
		for _, later := range presses[i+1:] {
			if later.Lesion == p.Lesion && later.View == p.View {
				return text.T("ctl.press.replaced", nil)
			}
		}
		return text.T("ctl.press.held", nil)
	}
	return p.Outcome
}

// scores gives what failed with its number and limits, else the word that nothing did.
func scores(v appliance.Verdict) string {
	if len(v.Measures) == 0 {
		return text.T("ctl.press.unmeasured", nil)
	}
	var failed []string
	for _, m := range v.Measures {
		if m.Pass {
			continue
		}
		said := fmt.Sprintf("%s %.4g", m.Name, m.Value)
		if m.Min != nil {
			said += fmt.Sprintf(" (least %.4g)", *m.Min)
		}
		if m.Max != nil {
			said += fmt.Sprintf(" (most %.4g)", *m.Max)
		}
		if m.Hard {
			said += " " + text.T("ctl.press.hard", nil)
		}
		failed = append(failed, said)
	}
	if len(failed) == 0 {
		return text.T("ctl.press.passed", nil)
	}
	return strings.Join(failed, ", ")
}
