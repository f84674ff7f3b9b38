package eligibility_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/text"
)

// ruled gives the default rules with one rule's condition in other words.
func ruled(t *testing.T, id, when string) []byte {
	t.Helper()
	return edit(t, func(_ map[string]any, rules []any) {
		for _, r := range rules {
			if r := r.(map[string]any); r["id"] == id {
				r["when"] = json.RawMessage(when)
			}
		}
	})
}

// A file that is signed may exclude more than domain 1.9, never less.
func TestLaxerConditionsAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ id, when string }{
		"children from five":        {"X01", `{"test":"age_below","years":5}`},
		"17 and a condition":        {"X01", `{"all":[{"test":"age_below","years":18},{"field":"lesion.scar","is":["yes"]}]}`},
		"skin type VI alone":        {"X15", `{"test":"skin_type_in","types":["VI"]}`},
		"other skin types":          {"X15", `{"test":"skin_type_in","types":["I","II","V"]}`},
		"palms, not fingers":        {"X02", `{"test":"site_kind","kinds":["acral"]}`},
		"another kind":              {"X04", `{"test":"site_kind","kinds":["genital"]}`},
		"margins only":              {"X03", `{"all":[{"test":"site_kind","kinds":["partly_mucosal"]},{"field":"lesion.mucosal_margin","is":["yes"]}]}`},
		"hair, whatever the site":   {"X06", `{"field":"lesion.hair_uncleared","is":["yes"]}`},
		"the other answer":          {"X08", `{"field":"lesion.prior_treatment","is":["no"]}`},
		"the other answer, consent": {"X16", `{"field":"consent.ai","is":["yes"]}`},
		"another question":          {"X09", `{"field":"lesion.tattoo","is":["yes"]}`},
		"another test":              {"X17", `{"test":"model_not_ready"}`},
		"growth needs both and pigment": {"X20", `{"any":[{"field":"history.immunosuppressed","is":["yes"]},
			{"all":[{"field":"lesion.nodular","is":["yes"]},{"field":"lesion.growing","is":["yes"]},{"field":"lesion.pigmented","is":["yes"]}]}]}`},
		"growth without immunity": {"X20", `{"all":[{"field":"lesion.nodular","is":["yes"]},{"field":"lesion.growing","is":["yes"]}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := eligibility.Parse(ruled(t, c.id, c.when))
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || e.Code != appliance.Invalid || e.Key != "rules.below_floor" || e.Params["rule"] != c.id || !strings.Contains(text.Error(e), c.id) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// stricter are conditions that exclude more than the default's.
var stricter = map[string]struct{ id, when string }{
	"adults from 21":            {"X01", `{"test":"age_below","years":21}`},
	"one alternative more":      {"X09", `{"any":[{"field":"lesion.rash","is":["yes"]},{"field":"lesion.scar","is":["yes"]}]}`},
	"each of both is stricter":  {"X01", `{"all":[{"test":"age_below","years":21},{"any":[{"test":"age_below","years":18},{"field":"lesion.scar","is":["yes"]}]}]}`},
	"from type IV":              {"X15", `{"test":"skin_type_in","types":["IV","V","VI"]}`},
	"fingers on either side":    {"X02", `{"test":"site_kind","kinds":["acral"],"perhaps":["partly_acral"]}`},
	"fingers and toes for sure": {"X02", `{"test":"site_kind","kinds":["partly_acral","acral","ungual"]}`},
	"nodular alone":             {"X20", `{"any":[{"field":"lesion.nodular","is":["yes"]},{"field":"history.immunosuppressed","is":["yes"]}]}`},
	"hair or scalp":             {"X06", `{"any":[{"test":"site_kind","kinds":["hairy","always_hairy"]},{"field":"lesion.hair_uncleared","is":["yes"]}]}`},
}

// What passes as no laxer hits whatever the default rules hit: held against random scenes, since covers looks at the form alone.
func TestStricterConditionsHitMore(t *testing.T) {
	for name, c := range stricter {
		t.Run(name, func(t *testing.T) {
			changed, err := eligibility.Parse(ruled(t, c.id, c.when))
			if err != nil {
				t.Fatal(err)
			}
			standard := engine(t)
			for seed := range uint64(4000) {
				s := random(rand.New(rand.NewPCG(seed, 2)))
				if has(standard.Before(&s.c, s.lesion(), s.f), c.id) && !has(changed.Before(&s.c, s.lesion(), s.f), c.id) {
					t.Fatalf("seed %d: the default rules hit %s and the stricter ones do not", seed, c.id)
				}
			}
		})
	}
}

func has(hits []appliance.RuleHit, id string) bool {
	for _, h := range hits {
		if h.Rule == id {
			return true
		}
	}
	return false
}

func TestEveryRuleHasAFloor(t *testing.T) {
	var file struct{ Rules []struct{ ID string } }
	if err := json.Unmarshal(eligibility.Default(), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Rules) != 22 {
		t.Fatalf("%d rules", len(file.Rules))
	}
	for _, r := range file.Rules {
		if _, err := eligibility.Parse(ruled(t, r.ID, `{"field":"history.family_melanoma","is":["yes"]}`)); err == nil {
			t.Errorf("%s may be about anything", r.ID)
		}
	}
}
