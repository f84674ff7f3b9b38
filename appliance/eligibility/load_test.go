package eligibility_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/signed"
)

// one trusts a single key, for rules only.
type one struct{ key ed25519.PublicKey }

func (o one) Verifiers(_ context.Context, k signed.Kind) ([]dsse.Verifier, error) {
	if k != signed.KindRules {
		return nil, nil
	}
	return []dsse.Verifier{signed.NewVerifier(o.key)}, nil
}

func keyPair(t *testing.T) (ed25519.PublicKey, signed.Signer) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return public, signed.NewEd25519Signer(private)
}

func TestLoad(t *testing.T) {
	public, signer := keyPair(t)
	other, _ := keyPair(t)
	sign := func(kind signed.Kind, payload []byte) []byte {
		envelope, err := signed.Sign(t.Context(), kind, payload, signer)
		if err != nil {
			t.Fatal(err)
		}
		return envelope
	}
	good := sign(signed.KindRules, eligibility.Default())
	changed := []byte(strings.Replace(string(good), `"payload":"e`, `"payload":"f`, 1))
	for _, c := range []struct {
		name     string
		envelope []byte
		key      ed25519.PublicKey
		now      time.Time
		want     appliance.Code
	}{
		{"good", good, public, now, ""},
		{"another's key", good, other, now, appliance.Unverified},
		{"another kind", sign(signed.KindProfile, eligibility.Default()), public, now, appliance.Unverified},
		{"one byte changed", changed, public, now, appliance.Unverified},
		{"not signed", eligibility.Default(), public, now, appliance.Unverified},
		{"out of date", good, public, now.AddDate(10, 0, 0), appliance.Unverified},
		{"signed nonsense", sign(signed.KindRules, []byte(`{"schema":"dermbox.rules/3"}`)), public, now, appliance.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := eligibility.Load(t.Context(), c.envelope, one{c.key}, c.now)
			if appliance.CodeOf(err) != c.want || (e == nil) != (err != nil) {
				t.Fatalf("engine %v, error %v", e, err)
			}
			if err == nil && (e.Version() != "dermbox-default/3" || e.Digest() != signed.Digest(eligibility.Default())) {
				t.Errorf("version %s, digest %s", e.Version(), e.Digest())
			}
		})
	}
}

// edit changes the default rules as JSON.
func edit(t testing.TB, change func(file map[string]any, rules []any)) []byte {
	t.Helper()
	return edited(t, func(file map[string]any) { change(file, file["rules"].([]any)) })
}

func edited(t testing.TB, change func(file map[string]any)) []byte {
	t.Helper()
	var file map[string]any
	if err := json.Unmarshal(eligibility.Default(), &file); err != nil {
		t.Fatal(err)
	}
	change(file)
	payload, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// refusedFiles are rule files that Check refuses, by a part of what it says.
func refusedFiles(t testing.TB) map[string][]byte {
	t.Helper()
	header := func(name string, value any) []byte { return edit(t, func(f object, _ []any) { f[name] = value }) }
	rule := func(i int, name string, value any) []byte {
		return edit(t, func(_ object, r []any) { r[i].(object)[name] = value })
	}
	when := func(value any) []byte { return rule(0, "when", value) }
	scar := object{"field": "lesion.scar", "is": []string{"yes"}}
	deep := object{"any": []any{object{"any": []any{object{"any": []any{object{"any": []any{scar}}}}}}}}
	return map[string][]byte{
		"":                             header("schema", "dermbox.rules/1"),
		"lower-case letters":           header("id", "Über"),
		"1 or more":                    header("version", 0),
		"is missing":                   header("issued_at", "0001-01-01T00:00:00Z"),
		"not after issued_at":          header("expires_at", "2020-01-01T00:00:00Z"),
		"unknown field":                header("comment", "x"),
		"X03 is missing":               edit(t, func(f object, r []any) { f["rules"] = append(r[:2:2], r[3:]...) }),
		"is there twice":               edit(t, func(f object, r []any) { f["rules"] = append(r, r[0]) }),
		"there is no rule \"X23\"":     rule(0, "id", "X23"),
		"phase must be":                rule(0, "phase", "both"),
		"where the rule comes from":    rule(0, "source", ""),
		"key must be":                  rule(0, "key", "sentence in full"),
		"must have the effect no_ai":   rule(0, "effects", []string{"never_lower"}),
		"must have the effect human":   rule(14, "effects", []string{"never_lower", "no_ai"}),
		"there is no effect":           rule(0, "effects", []string{"no_ai", "discharge"}),
		"names an effect twice":        rule(0, "effects", []string{"no_ai", "no_ai"}),
		"belong together":              rule(0, "effects", []string{"no_ai", "after_ai"}),
		"exactly one of any":           when(object{}),
		"exactly one of":               when(object{"field": "lesion.scar", "is": []string{"yes"}, "test": "model_not_ready"}),
		"have 1 to 32":                 when(object{"any": []any{}}),
		"nested too deep":              when(deep),
		"no field \"patient.name\"":    when(object{"field": "patient.name", "is": []string{"yes"}}),
		"must hold \"yes\" or \"no\"":  when(object{"field": "lesion.scar", "is": []string{"unsure"}}),
		"must hold":                    when(object{"field": "lesion.scar"}),
		"no test \"never\"":            when(object{"test": "never"}),
		"no test \"empty_class_set\"":  when(object{"test": "empty_class_set"}),
		"do not fit the condition: ye": when(object{"test": "age_below"}),
		"do not fit the condition: ty": when(object{"test": "model_not_ready", "types": []string{"V"}}),
		"do not fit":                   when(object{"all": []any{scar}, "years": 3}),
		"empty or out of range":        when(object{"test": "age_below", "years": 900}),
		"no skin type \"VII\"":         when(object{"test": "skin_type_in", "types": []string{"VII"}}),
		"no kind of site \"\"":         when(object{"test": "site_kind", "kinds": []string{""}}),
		"json":                         []byte("{"),
		"data after":                   append(eligibility.Default(), '1'),
	}
}

func TestRefusedFiles(t *testing.T) {
	for name, payload := range refusedFiles(t) {
		t.Run(name, func(t *testing.T) {
			_, err := eligibility.Parse(payload)
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || e.Code != appliance.Invalid || e.Key != "rules.invalid" || e.Params["place"] == "" || !strings.Contains(e.Params["reason"], name) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestStricterFileIsAccepted(t *testing.T) {
	payload := edit(t, func(f map[string]any, r []any) {
		delete(f, "expires_at")
		f["version"] = 4
		r[19].(map[string]any)["effects"] = []string{"never_lower", "no_ai"}
		r[0].(map[string]any)["when"] = map[string]any{"all": []any{map[string]any{"test": "age_below", "years": 21}}}
	})
	e, err := eligibility.Parse(payload)
	if err != nil {
		t.Fatal(err)
	}
	s := eligible()
	s.c.Patient.BirthDate = "2006-01-01"
	if got := ids(e.Before(&s.c, s.lesion(), s.f)); len(got) != 1 || got[0] != "X01" || e.Version() != "dermbox-default/4" {
		t.Errorf("hits %v of %s", got, e.Version())
	}
}

// Each rule has its sentence, and each says that a person sees to it.
func TestSentences(t *testing.T) {
	raw, err := os.ReadFile("../text/en/rules.json")
	if err != nil {
		t.Fatal(err)
	}
	var sentences map[string]string
	if err := json.Unmarshal(raw, &sentences); err != nil {
		t.Fatal(err)
	}
	var file struct{ Rules []struct{ ID, Key string } }
	if err := json.Unmarshal(eligibility.Default(), &file); err != nil {
		t.Fatal(err)
	}
	for _, r := range file.Rules {
		if s := sentences[r.Key]; r.Key != "rules."+r.ID || !strings.Contains(s, "dermatologist") && !strings.Contains(s, "person") && !strings.Contains(s, "move the case up") {
			t.Errorf("%s: %q", r.Key, s)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(eligibility.Default())
	f.Add(edited(f, func(file map[string]any) { everyRoute(file, "URGENT_DERM_REVIEW") }))
	f.Add([]byte(`{"routes":{"classes":{"MEL":"SECOND_READ"},"benign":null,"no_ai":{}},"discordance":{"seven_point":-1}}`))
	f.Add([]byte(`{"schema":"dermbox.rules/2","id":"a","version":1,"issued_at":"2026-01-01T00:00:00Z","rules":[{"id":"X01","when":{"any":[{}]}}]}`))
	f.Add([]byte(`{"rules":[{"when":{"all":null,"any":[{"any":[{"any":[]}]}]}}]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := eligibility.Parse(payload)
		if (e == nil) != (err != nil) {
			t.Fatalf("engine %v with error %v", e, err)
		}
		if err != nil {
			if appliance.CodeOf(err) != appliance.Invalid {
				t.Fatalf("error %v", err)
			}
			return
		}
		// What parses must evaluate: on a good scene and on one of which nothing is known.
		s := eligible()
		e.Before(&s.c, s.lesion(), s.f)
		e.After(&appliance.Case{}, &appliance.Lesion{}, nil)
		e.Before(&appliance.Case{}, &appliance.Lesion{}, eligibility.Facts{})
		for _, class := range classes {
			if d := e.Route(eligibility.Question{Pathway: appliance.TriagePriority, Status: appliance.Assessed, Class: class}); d.Route.Urgency() < appliance.DermReview.Urgency() {
				t.Fatalf("%s goes to %+v", class, d)
			}
		}
	})
}
