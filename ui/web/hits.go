package web

import (
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// Hit is a rule that applies, as a page shows it.
type Hit struct{ Rule, Effects, Sentence, Source string }

// Hits gives the rules that apply with their effects in words, their sentences and their sources.
func Hits(hits []appliance.RuleHit) []Hit {
	var list []Hit
	for _, h := range hits {
		words := make([]string, len(h.Effects))
		for i, e := range h.Effects {
			words[i] = text.T("rules.effect."+string(e), nil)
		}
		list = append(list, Hit{h.Rule, strings.Join(words, ", "), text.T(h.Key, nil), h.Source})
	}
	return list
}
