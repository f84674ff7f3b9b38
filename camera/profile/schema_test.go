package profile_test

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dermbox/camera"
	"dermbox/camera/profile"
)

// object is the part of a JSON Schema that says which fields there are.
type object struct {
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
	Closed     *bool                      `json:"additionalProperties"`
	Items      json.RawMessage            `json:"items"`
	Enum       []string                   `json:"enum"`
}

func TestSchemaNamesTheFieldsOfTheStruct(t *testing.T) {
	raw, err := os.ReadFile("camera-profile.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "profile", raw, reflect.TypeFor[profile.Profile]())
	controls := child(t, raw, "controls")
	var name object
	decode(t, child(t, controls, "name"), &name)
	if d := cmp.Diff(camera.ControlNames(), name.Enum); d != "" {
		t.Errorf("names of controls: %s", d)
	}
}

// child gives the schema of one field, or of a field of a list's items.
func child(t *testing.T, raw json.RawMessage, name string) json.RawMessage {
	t.Helper()
	var o object
	decode(t, raw, &o)
	if o.Items != nil {
		return child(t, o.Items, name)
	}
	return o.Properties[name]
}

func decode(t *testing.T, raw json.RawMessage, o *object) {
	t.Helper()
	if err := json.Unmarshal(raw, o); err != nil {
		t.Fatal(err)
	}
}

// same compares one object of the schema with one struct, and goes down into both.
func same(t *testing.T, at string, raw json.RawMessage, s reflect.Type) {
	t.Helper()
	for s.Kind() == reflect.Pointer || s.Kind() == reflect.Slice {
		if s.Kind() == reflect.Slice {
			var list object
			decode(t, raw, &list)
			raw = list.Items
		}
		s = s.Elem()
	}
	if s.Kind() != reflect.Struct || s.PkgPath() == "time" {
		return
	}
	if raw == nil {
		t.Fatalf("the schema has no %s", at)
	}
	var o object
	decode(t, raw, &o)
	if o.Closed == nil || *o.Closed {
		t.Errorf("%s: the schema allows fields that the struct does not have", at)
	}
	names, required := []string{}, []string{}
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
	have := []string{}
	for name := range o.Properties {
		have = append(have, name)
	}
	slices.Sort(names)
	slices.Sort(have)
	slices.Sort(required)
	slices.Sort(o.Required)
	if d := cmp.Diff(names, have); d != "" {
		t.Errorf("fields of %s (struct, schema): %s", at, d)
	}
	if d := cmp.Diff(required, append([]string{}, o.Required...)); d != "" {
		t.Errorf("required fields of %s (struct, schema): %s", at, d)
	}
}
