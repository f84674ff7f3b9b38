package pack_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"dermbox/inference/pack"
)

// schema compiles one of the two schemas.
func schema(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(pack.JSONSchema(name)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name+".json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate says what a schema has against a value.
func validate(t testing.TB, s *jsonschema.Schema, raw []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

// TestSchemaAndCheckAgree holds the schema against Check on each spoilt manifest: it refuses all but those that it cannot tell.
func TestSchemaAndCheckAgree(t *testing.T) {
	s := schema(t, "manifest")
	for name, test := range spoilts {
		t.Run(name, func(t *testing.T) {
			m := manifest()
			m.Members = sampleMembers
			good, _ := json.Marshal(m)
			if err := validate(t, s, good); err != nil {
				t.Fatal(err)
			}
			test.change(&m)
			raw, err := json.Marshal(m)
			if err != nil && test.beyond {
				return // no JSON at all
			}
			if err := validate(t, s, raw); (err == nil) != test.beyond {
				t.Errorf("the schema says %v", err)
			}
		})
	}
}

// Whoever makes a pack can hold their own manifest.json against the schema: the list of members is filled in later.
func TestSchemaTakesTheFolderOfAPack(t *testing.T) {
	raw, err := os.ReadFile("../train/simulation.manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(t, schema(t, "manifest"), raw); err != nil {
		t.Error(err)
	}
	if _, err := pack.ParseUnpacked(raw); err != nil {
		t.Error(err)
	}
	if _, err := pack.ParseManifest(raw); err == nil {
		t.Error("a box takes a manifest without members")
	}
}

// Samples are kept for ever: a version that no longer takes one of them breaks packs in the field.
func TestSamplesOfVersion1(t *testing.T) {
	paths, err := filepath.Glob("testdata/v1-*.json")
	if err != nil || len(paths) < 6 {
		t.Fatalf("%d samples, %v", len(paths), err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(path, "golden") {
			if err := validate(t, schema(t, "golden"), raw); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			continue
		}
		m, err := pack.ParseManifest(raw)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		written, _ := json.Marshal(m)
		for _, text := range [][]byte{raw, written} {
			if err := validate(t, schema(t, "manifest"), text); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// The samples of known answers are those of the approved sample, and of the one with features.
func TestSampleOfGoldenIsTaken(t *testing.T) {
	for of, name := range map[string]string{"v1-approved.json": "v1-golden.json", "v1-demonstration-features.json": "v1-golden-features.json"} {
		m, answers := sample(t, of), read(t, name)
		manifest, err := pack.ParseManifest(m)
		if err != nil {
			t.Fatal(err)
		}
		g, err := pack.ReadGolden(manifest, answers, pictures(manifest, 3))
		if err != nil || len(g.Vectors) != 3 {
			t.Fatal(err)
		}
	}
}

func sample(t testing.TB, name string) []byte { t.Helper(); return read(t, name) }

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// pictures gives n pictures of the input's size, each of one brightness.
func pictures(m *pack.Manifest, n int) (all []byte) {
	for i := range n {
		all = append(all, bytes.Repeat([]byte{byte(i)}, m.Input.Size())...)
	}
	return all
}

func TestSchemaOfGoldenRefuses(t *testing.T) {
	s, good := schema(t, "golden"), string(read(t, "v1-golden.json"))
	for name, bad := range map[string]string{
		"another schema": strings.Replace(good, "golden/1", "golden/2", 1),
		"a field more":   strings.Replace(good, `"schema"`, `"more": 1, "schema"`, 1),
		"no name":        strings.Replace(good, `"01 mel"`, `""`, 1),
		"above 1":        strings.Replace(good, "0.95", "1.95", 1),
		"label":          strings.Replace(good, `"unknown"`, `"Unknown"`, 1),
		"one":            `{"schema": "dermbox.golden/1", "vectors": [{"name": "a", "probabilities": [1, 0], "over": []}]}`,
	} {
		if bad == good || validate(t, s, []byte(bad)) == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if pack.JSONSchema("card") != nil {
		t.Error("a schema of the card")
	}
}

// object is the part of a JSON Schema that says which fields there are.
type object struct {
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
	Closed     json.RawMessage            `json:"additionalProperties"`
	Items      json.RawMessage            `json:"items"`
}

func TestSchemasNameTheFieldsOfTheStructs(t *testing.T) {
	same(t, "manifest", pack.JSONSchema("manifest"), reflect.TypeFor[pack.Manifest]())
	same(t, "golden", pack.JSONSchema("golden"), reflect.TypeFor[pack.Golden]())
}

// same compares one object of a schema with one struct, and goes down into both.
func same(t *testing.T, at string, raw json.RawMessage, s reflect.Type) {
	t.Helper()
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	switch s.Kind() {
	case reflect.Pointer:
		same(t, at, raw, s.Elem())
		return
	case reflect.Slice:
		if string(o.Items) != "false" { // members: one form for each of them, checked by the table
			same(t, at, o.Items, s.Elem())
		}
		return
	case reflect.Map:
		same(t, at, o.Closed, s.Elem())
		return
	}
	if s.Kind() != reflect.Struct || s.PkgPath() == "time" {
		return
	}
	if string(o.Closed) != "false" {
		t.Errorf("%s: the schema allows fields that the struct does not have", at)
	}
	var names, required, have []string
	for _, f := range reflect.VisibleFields(s) {
		tag, ok := f.Tag.Lookup("json")
		if !ok || f.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		names = append(names, name)
		if options == "" {
			required = append(required, name)
		}
		same(t, at+"."+name, o.Properties[name], f.Type)
	}
	for name := range o.Properties {
		have = append(have, name)
	}
	for _, list := range [][]string{names, required, have, o.Required} {
		slices.Sort(list)
	}
	if d := cmp.Diff(names, have); d != "" {
		t.Errorf("fields of %s (struct, schema): %s", at, d)
	}
	if d := cmp.Diff(required, o.Required); d != "" {
		t.Errorf("required fields of %s (struct, schema): %s", at, d)
	}
}
