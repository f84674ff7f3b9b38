package eligibility_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"dermbox/appliance/eligibility"
)

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	raw, err := os.ReadFile("rules.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("rules.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("rules.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func takes(s *jsonschema.Schema, payload []byte) bool {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
	return err == nil && s.Validate(value) == nil
}

// beyondSchema are the refused files of which the schema sees nothing wrong.
var beyondSchema = []string{"is missing" /* a time that is zero */, "not after issued_at", "nested too deep", "no test \"empty_class_set\""}

// The schema takes what Check takes, and refuses what Check refuses but for what a schema cannot say.
func TestSchemaAndCheckAgree(t *testing.T) {
	s := schema(t)
	for name, c := range routeFiles(t) {
		if got, want := takes(s, c.payload), c.key == "" || c.beyond; got != want {
			t.Errorf("%s: the schema takes it: %v", name, got)
		}
	}
	for name, payload := range refusedFiles(t) {
		if got, want := takes(s, payload), slices.Contains(beyondSchema, name); got != want {
			t.Errorf("%q: the schema takes it: %v", name, got)
		}
	}
	for _, c := range stricter {
		if payload := ruled(t, c.id, c.when); !takes(s, payload) {
			t.Errorf("%s as %s: the schema refuses it", c.id, c.when)
		}
	}
}

// What Check takes of files that were changed at random, the schema takes.
func TestSchemaTakesWhatCheckTakes(t *testing.T) {
	s, r, taken := schema(t), rand.New(rand.NewPCG(1, 4)), 0
	for range 3000 {
		payload := eligibility.Default()
		for range 1 + r.IntN(2) {
			i := r.IntN(len(payload))
			payload[i] = `0123456789",:{}[]abcVIX_-. `[r.IntN(27)]
		}
		if _, err := eligibility.Parse(payload); err == nil {
			taken++
			if !takes(s, payload) {
				t.Errorf("the schema refuses what Check takes:\n%s", payload)
			}
		}
	}
	if taken < 100 {
		t.Errorf("Check took %d files: the test says little", taken)
	}
}
