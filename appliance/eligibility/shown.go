package eligibility

import (
	"slices"
	"strings"

	"dermbox/appliance"
)

// RuleLine is one rule as people read it; its sentence is the catalogue's, by Key.
type RuleLine struct {
	Rule    string             `json:"rule"`
	Effects []appliance.Effect `json:"effects"`
	Phase   string             `json:"phase"` // "before" or "after" the model
	Source  string             `json:"source"`
	Key     string             `json:"key"`
}

// RouteLine is one line of the table of routes, for example "classes.MEL", "benign.SECOND_READ" or "no_ai.failed".
type RouteLine struct {
	For   string          `json:"for"`
	Route appliance.Route `json:"route"`
}

// Rules gives the rules in the order of the file, none for a nil Engine.
func (e *Engine) Rules() []RuleLine {
	var list []RuleLine
	if e == nil {
		return list
	}
	for _, r := range e.set.Rules {
		list = append(list, RuleLine{r.ID, slices.Clone(r.Effects), string(r.Phase), r.Source, r.Key})
	}
	return list
}

// Routes gives the table of routes, none for a nil Engine.
func (e *Engine) Routes() []RouteLine {
	var list []RouteLine
	if e == nil {
		return list
	}
	for _, l := range e.set.Routes.lines() {
		list = append(list, RouteLine{strings.TrimPrefix(l.place, "routes."), l.route})
	}
	return list
}

// SevenPoint is the score from which on a history contradicts a benign answer; 0 for a nil Engine.
func (e *Engine) SevenPoint() int {
	if e == nil {
		return 0
	}
	return e.set.Discordance.SevenPoint
}
