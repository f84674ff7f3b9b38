package signed_test

import (
	"strings"
	"testing"
	"time"

	"dermbox/appliance/signed"
)

func TestUnmarshalIsStrict(t *testing.T) {
	type inner struct{ A, B int }
	type outer struct {
		Name string
		List []inner
		Map  map[string]int
	}
	cases := []struct {
		name, in string
		ok       bool
	}{
		{"plain", `{"Name":"x","List":[{"A":1,"B":2},{"A":3}],"Map":{"k":1}}`, true},
		{"same key in two objects", `{"List":[{"A":1},{"A":1}]}`, true},
		{"twice", `{"Name":"x","Name":"y"}`, false},
		{"twice, other case", `{"Name":"x","name":"y"}`, false},
		{"twice, deeper", `{"List":[{"A":1,"A":2}]}`, false},
		{"twice by escape", `{"Name":"x","N\u0061me":"y"}`, false},
		{"twice by Kelvin sign", `{"Map":{"k":1,"\u212a":2}}`, false},
		{"other type", `{"Name":1}`, false},
		{"unknown", `{"Nome":"x"}`, false},
		{"trailing", `{} {}`, false},
		{"trailing space", "{} \n", true},
		{"not UTF-8", "{\"Name\":\"\xff\"}", false},
		{"cut short", `{"Name":`, false},
		{"empty", ``, false},
		{"deep", strings.Repeat(`[`, 70) + strings.Repeat(`]`, 70), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var v outer
			err := signed.Unmarshal([]byte(c.in), &v)
			if (err == nil) != c.ok {
				t.Errorf("error %v, want ok %v", err, c.ok)
			}
			if err != nil && (!strings.HasPrefix(err.Error(), "json: ") || strings.Contains(err.Error()[1:], "json: ")) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestCheckExpiry(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	if err := signed.CheckExpiry(signed.Header{IssuedAt: now.AddDate(1, 0, 0)}, now); err != nil {
		t.Errorf("no expiry, clock behind: %v", err)
	}
	if err := signed.CheckExpiry(signed.Header{ExpiresAt: now.Add(time.Second)}, now); err != nil {
		t.Errorf("a second to go: %v", err)
	}
	wantKey(t, signed.CheckExpiry(signed.Header{ID: "r", ExpiresAt: now}, now), "signed.expired")
}
