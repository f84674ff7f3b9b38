package pack_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/inference/pack"
)

// spoilt is a manifest with one field that breaks a rule.
type spoilt struct {
	field  string // that the refusal names
	change func(*pack.Manifest)
	beyond bool // the JSON Schema cannot say it
}

func mapping(label string, m pack.Mapping) func(*pack.Manifest) {
	return func(to *pack.Manifest) { to.Output.Classes[label] = m }
}

func distribution(method string, limit float64) func(*pack.Manifest) {
	return func(m *pack.Manifest) { m.Output.Distribution = &pack.Distribution{Method: method, Limit: limit} }
}

// residual has the manifest ask for the method feature_residual, as change leaves it.
func residual(change func(d *pack.Distribution)) func(*pack.Manifest) {
	return func(m *pack.Manifest) {
		d := residualRule()
		change(&d)
		m.Output.Distribution = &d
	}
}

// residualRule is the rule that features.bin of these tests fits.
func residualRule() pack.Distribution {
	return pack.Distribution{Method: pack.FeatureResidual, Limit: 2, Features: 4, Directions: 2, Tolerance: 0.02}
}

func device(d pack.Device) func(*pack.Manifest) { return func(m *pack.Manifest) { m.Device = &d } }

// spoilts has at least one case for each field of the manifest; TestEveryFieldIsChecked holds it to that.
var spoilts = map[string]spoilt{
	"schema of another version": {"schema", func(m *pack.Manifest) { m.Schema = "dermbox.model/2" }, false},
	"id with a path":            {"id", func(m *pack.Manifest) { m.ID = "../x" }, false},
	"version 0":                 {"version", func(m *pack.Manifest) { m.Version = 0 }, false},
	"no issued_at":              {"issued_at", func(m *pack.Manifest) { m.IssuedAt = time.Time{} }, true},
	"expires before issued":     {"expires_at", func(m *pack.Manifest) { m.ExpiresAt = m.IssuedAt }, true},
	"evaluation without end":    {"expires_at", func(m *pack.Manifest) { m.Status = pack.Evaluation }, false},
	"approved without end":      {"expires_at", func(m *pack.Manifest) { approved(m); m.ExpiresAt = time.Time{} }, false},
	"no name":                   {"name", func(m *pack.Manifest) { m.Name = "" }, false},
	"name with an escape":       {"name", func(m *pack.Manifest) { m.Name = "a\x1b[2Jb" }, false},
	"name too long":             {"name", func(m *pack.Manifest) { m.Name = strings.Repeat("x", 201) }, false},
	"status":                    {"status", func(m *pack.Manifest) { m.Status = "live" }, false},
	"no intended use":           {"intended_use", func(m *pack.Manifest) { m.IntendedUse = "" }, false},
	"other preprocessing":       {"preprocessing", func(m *pack.Manifest) { m.Preprocessing = "dermbox-preprocess/2" }, false},
	"no preprocessing":          {"preprocessing", func(m *pack.Manifest) { m.Preprocessing = "" }, false},
	"input.width":               {"input.width", func(m *pack.Manifest) { m.Input.Width = 0 }, false},
	"input.height":              {"input.height", func(m *pack.Manifest) { m.Input.Height = 1 << 20 }, false},
	"input.channels":            {"input.channels", func(m *pack.Manifest) { m.Input.Channels = 1 }, false},
	"input.dtype":               {"input.dtype", func(m *pack.Manifest) { m.Input.DType = "float64" }, false},
	"input.layout":              {"input.layout", func(m *pack.Manifest) { m.Input.Layout = "NHWC" }, false},
	"input.colour":              {"input.colour", func(m *pack.Manifest) { m.Input.Colour = "grey" }, false},
	"input.resize":              {"input.resize", func(m *pack.Manifest) { m.Input.Resize = "stretch\n" }, false},
	"input.mean":                {"input.mean", func(m *pack.Manifest) { m.Input.Mean[1] = 1e9 }, false},
	"input.std":                 {"input.std", func(m *pack.Manifest) { m.Input.Std[2] = 0 }, false},
	"one label":                 {"output.labels", func(m *pack.Manifest) { m.Output.Labels = []string{"nv"} }, false},
	"label twice":               {"output.labels", func(m *pack.Manifest) { m.Output.Labels = []string{"nv", "nv"} }, false},
	"label in capitals": {"output.labels", func(m *pack.Manifest) {
		m.Output.Labels = []string{"NV", "mel"}
		m.Output.Classes = map[string]pack.Mapping{"NV": m.Output.Classes["nv"], "mel": m.Output.Classes["mel"]}
	}, false},
	"label without a mapping": {"output.classes.nv", func(m *pack.Manifest) {
		m.Output.Classes = map[string]pack.Mapping{"mel": m.Output.Classes["mel"], "other": m.Output.Classes["nv"]}
	}, true},
	"mapping too many":         {"output.classes", mapping("sk", pack.Mapping{Class: appliance.Benign, Threshold: 0.5}), true},
	"class of no vocabulary":   {"output.classes.nv.class", mapping("nv", pack.Mapping{Class: "NICE", Threshold: 0.5}), false},
	"threshold 0":              {"output.classes.mel.threshold", mapping("mel", pack.Mapping{Class: appliance.Melanoma}), false},
	"threshold above 1":        {"output.classes.mel.threshold", mapping("mel", pack.Mapping{Class: appliance.Melanoma, Threshold: 1.01}), false},
	"activation":               {"output.activation", func(m *pack.Manifest) { m.Output.Activation = "argmax" }, false},
	"temperature of none":      {"output.temperature", func(m *pack.Manifest) { m.Output.Temperature = 2 }, false},
	"temperature below 0":      {"output.temperature", func(m *pack.Manifest) { m.Output.Activation, m.Output.Temperature = pack.LogitsSoftmax, -1 }, false},
	"temperature without end":  {"output.temperature", func(m *pack.Manifest) { m.Output.Activation, m.Output.Temperature = pack.LogitsSigmoid, 1e9 }, false},
	"distribution method":      {"output.out_of_distribution.method", distribution("feeling", 0.3), false},
	"distribution limit 0":     {"output.out_of_distribution.limit", distribution(pack.MaxProbability, 0), false},
	"distribution limit 1":     {"output.out_of_distribution.limit", distribution(pack.MaxProbability, 1), false},
	"distribution never over":  {"output.out_of_distribution.limit", distribution(pack.MaxProbability, 0.5), true}, // of two labels
	"residual limit 0":         {"output.out_of_distribution.limit", residual(func(d *pack.Distribution) { d.Limit = 0 }), false},
	"residual limit beyond":    {"output.out_of_distribution.limit", residual(func(d *pack.Distribution) { d.Limit = 1001 }), false},
	"residual limit no number": {"output.out_of_distribution.limit", residual(func(d *pack.Distribution) { d.Limit = math.NaN() }), true},
	"no features":              {"output.out_of_distribution.features", residual(func(d *pack.Distribution) { d.Features = 0 }), false},
	"one feature":              {"output.out_of_distribution.features", residual(func(d *pack.Distribution) { d.Features = 1 }), false},
	"features without end":     {"output.out_of_distribution.features", residual(func(d *pack.Distribution) { d.Features = 4097 }), false},
	"features below 0":         {"output.out_of_distribution.features", residual(func(d *pack.Distribution) { d.Features = -4 }), false},
	"transform of another":     {"output.out_of_distribution.transform", residual(func(d *pack.Distribution) { d.Transform = "log" }), false},
	"transform without it": {"output.out_of_distribution.transform", func(m *pack.Manifest) {
		distribution(pack.MaxProbability, 0.4)(m)
		m.Output.Distribution.Transform = pack.Hellinger
	}, false},
	"features as labels":     {"output.out_of_distribution.features", residual(func(d *pack.Distribution) { d.Features, d.Directions = 2, 1 }), true},
	"features of another":    {"output.out_of_distribution.features", func(m *pack.Manifest) { distribution(pack.MaxProbability, 0.4)(m); m.Output.Distribution.Features = 4 }, false},
	"no directions":          {"output.out_of_distribution.directions", residual(func(d *pack.Distribution) { d.Directions = 0 }), false},
	"directions as features": {"output.out_of_distribution.directions", residual(func(d *pack.Distribution) { d.Directions = 4 }), true},
	"directions beyond":      {"output.out_of_distribution.directions", residual(func(d *pack.Distribution) { d.Features, d.Directions = 1280, 257 }), false},
	"directions too large":   {"output.out_of_distribution.directions", residual(func(d *pack.Distribution) { d.Features, d.Directions = 4096, 128 }), true},
	"directions of another": {"output.out_of_distribution.directions", func(m *pack.Manifest) {
		distribution(pack.MaxProbability, 0.4)(m)
		m.Output.Distribution.Directions = 2
	}, false},
	"no tolerance of a score": {"output.out_of_distribution.tolerance", residual(func(d *pack.Distribution) { d.Tolerance = 0 }), false},
	"tolerance of a tenth":    {"output.out_of_distribution.tolerance", residual(func(d *pack.Distribution) { d.Tolerance = 0.201 }), true},
	"tolerance of another": {"output.out_of_distribution.tolerance", func(m *pack.Manifest) {
		distribution(pack.MaxProbability, 0.4)(m)
		m.Output.Distribution.Tolerance = 0.01
	}, false},
	"class not ranked":       {"hierarchy", func(m *pack.Manifest) { m.Hierarchy = m.Hierarchy[:1] }, true},
	"class ranked twice":     {"hierarchy", func(m *pack.Manifest) { m.Hierarchy = append(m.Hierarchy, appliance.Benign) }, false},
	"class ranked, not told": {"hierarchy", func(m *pack.Manifest) { m.Hierarchy = append(m.Hierarchy, appliance.BCC) }, true},
	"melanoma below benign":  {"hierarchy", func(m *pack.Manifest) { slices.Reverse(m.Hierarchy) }, false},
	"carcinoma above melanoma": {"hierarchy", func(m *pack.Manifest) {
		m.Output.Labels = append(m.Output.Labels, "bcc")
		mapping("bcc", pack.Mapping{Class: appliance.BCC, Threshold: 0.2})(m)
		m.Hierarchy = append([]appliance.Class{appliance.BCC}, m.Hierarchy...)
		m.NotAssessed = slices.DeleteFunc(m.NotAssessed, func(c appliance.Class) bool { return c == appliance.BCC })
	}, true},
	"nothing but benign": {"hierarchy", func(m *pack.Manifest) {
		mapping("mel", pack.Mapping{Class: appliance.Benign, Threshold: 0.5})(m)
		m.Hierarchy, m.NotAssessed = m.Hierarchy[1:], append(m.NotAssessed, appliance.Melanoma)
	}, false},
	"class forgotten":           {"not_assessed", func(m *pack.Manifest) { m.NotAssessed = m.NotAssessed[1:] }, true},
	"class told and not":        {"not_assessed", func(m *pack.Manifest) { m.NotAssessed = append(m.NotAssessed, appliance.Melanoma) }, true},
	"no optics":                 {"optics", func(m *pack.Manifest) { m.Optics = nil }, false},
	"optics twice":              {"optics[1].id", func(m *pack.Manifest) { m.Optics = append(m.Optics, m.Optics[0]) }, false},
	"optics without a name":     {"optics[0].id", func(m *pack.Manifest) { m.Optics[0].ID = "" }, false},
	"field above the whole":     {"optics[0].field_fraction", func(m *pack.Manifest) { m.Optics[0].FieldFraction = 1.5 }, false},
	"min_runtime":               {"min_runtime", func(m *pack.Manifest) { m.MinRuntime = "2" }, false},
	"no licence":                {"licences.model", func(m *pack.Manifest) { m.Licences = nil }, false},
	"empty licence":             {"licences.data", func(m *pack.Manifest) { m.Licences["data"] = "" }, false},
	"no pathways":               {"pathways", func(m *pack.Manifest) { m.Pathways = nil }, false},
	"pathway twice":             {"pathways", func(m *pack.Manifest) { m.Pathways = append(m.Pathways, appliance.Shadow) }, false},
	"pathway of no model":       {"pathways", func(m *pack.Manifest) { m.Pathways = []appliance.Pathway{"FAST"} }, false},
	"discharge by a simulation": {"pathways", func(m *pack.Manifest) { m.Pathways = []appliance.Pathway{"AUTONOMOUS_BENIGN"} }, false},
	"discharge under evaluation": {"pathways", func(m *pack.Manifest) {
		approved(m)
		m.Status, m.Pathways = pack.Evaluation, []appliance.Pathway{"AUTONOMOUS_BENIGN"}
	}, false},
	"approved without a device": {"device", func(m *pack.Manifest) { approved(m); m.Device = nil }, false},
	"no manufacturer":           {"device.manufacturer", device(pack.Device{UDIDI: gtin}), false},
	"no UDI-DI":                 {"device.udi_di", device(pack.Device{Manufacturer: "M"}), false},
	"UDI-DI check digit":        {"device.udi_di", device(pack.Device{Manufacturer: "M", UDIDI: "05012345678901"}), true},
	"UDI-DI form":               {"device.udi_di", device(pack.Device{Manufacturer: "M", UDIDI: "(01)" + gtin}), false},
	"UDI-PI":                    {"device.udi_pi", device(pack.Device{Manufacturer: "M", UDIDI: gtin, UDIPI: "a b"}), false},
	"no tolerance":              {"golden_tolerance", func(m *pack.Manifest) { m.Tolerance = 0 }, false},
	"tolerance of float":        {"golden_tolerance", func(m *pack.Manifest) { m.Tolerance = 2e-4 }, false},
	"tolerance of int8":         {"golden_tolerance", func(m *pack.Manifest) { m.Input.DType, m.Tolerance = "int8", 0.01 }, false},
	"tolerance of int8 logits": {"golden_tolerance", func(m *pack.Manifest) {
		m.Input.DType, m.Output.Activation, m.Tolerance = "int8", pack.LogitsSoftmax, 0.1
	}, false},
	"tolerance not a number": {"golden_tolerance", func(m *pack.Manifest) { m.Tolerance = math.NaN() }, true},
	"provenance in lines":    {"provenance.script", func(m *pack.Manifest) { m.Provenance = map[string]string{"script": "a\nb"} }, false},
}

const gtin = "05012345678900"

// approved makes the manifest that of a registered device.
func approved(m *pack.Manifest) {
	m.Status, m.ExpiresAt = pack.Approved, m.IssuedAt.AddDate(2, 0, 0)
	m.Device = &pack.Device{Manufacturer: "Maker Ltd", UDIDI: gtin, UDIPI: "(8012)1.4.0"}
}

func TestCheckNamesFieldValueAndRemedy(t *testing.T) {
	for name, test := range spoilts {
		t.Run(name, func(t *testing.T) {
			m := manifest()
			test.change(&m)
			_, err := pack.Sign(t.Context(), m, members(), signed.NewEd25519Signer(testKey(1)))
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || e.Code != appliance.Invalid || e.Field != test.field {
				t.Fatalf("got %v", err)
			}
			sentence := text.Error(err)
			_, has := e.Params["value"]
			if !has || test.field != "preprocessing" && e.Params["must"] == "" || strings.ContainsAny(sentence, "{}\n\x1b") {
				t.Fatalf("%q of %v", sentence, e)
			}
		})
	}
}

// TestEveryFieldIsChecked goes through the manifest's fields: each must be refused for some value.
func TestEveryFieldIsChecked(t *testing.T) {
	named := func(path string) bool {
		for _, s := range spoilts {
			plain := strings.NewReplacer("[0]", "", "[1]", "", ".mel", "", ".nv", "").Replace(s.field)
			if plain == path || strings.HasPrefix(plain, path+".") {
				return true
			}
		}
		return false
	}
	var walk func(path string, s reflect.Type)
	walk = func(path string, s reflect.Type) {
		for s.Kind() == reflect.Pointer || s.Kind() == reflect.Slice || s.Kind() == reflect.Map {
			s = s.Elem()
		}
		if path != "" && !strings.HasPrefix(path, "members") && !named(path) { // Sign fills the members in: they have their own test
			t.Errorf("no case of %s", path)
		}
		if s.Kind() != reflect.Struct || s.PkgPath() == "time" {
			return
		}
		for _, f := range reflect.VisibleFields(s) {
			if tag, ok := f.Tag.Lookup("json"); ok && !f.Anonymous {
				name, _, _ := strings.Cut(tag, ",")
				walk(strings.TrimPrefix(path+"."+name, "."), f.Type)
			}
		}
	}
	walk("", reflect.TypeFor[pack.Manifest]())
}

func TestCheckTakes(t *testing.T) {
	for name, change := range map[string]func(*pack.Manifest){
		"a simulation without end": func(*pack.Manifest) {},
		"an approved device":       approved,
		"discharge by an approved one": func(m *pack.Manifest) {
			approved(m)
			m.Pathways = append(m.Pathways, "AUTONOMOUS_BENIGN")
		},
		"an evaluation":          func(m *pack.Manifest) { m.Status, m.ExpiresAt = pack.Evaluation, m.IssuedAt.AddDate(1, 0, 0) },
		"an evaluated device":    func(m *pack.Manifest) { approved(m); m.Status = pack.Evaluation },
		"a rule X19":             distribution(pack.MaxProbability, 0.4),
		"a rule X19 of sigmoids": func(m *pack.Manifest) { m.Output.Activation = pack.Sigmoid; distribution(pack.MaxProbability, 0.9)(m) },
		"a temperature":          func(m *pack.Manifest) { m.Output.Activation, m.Output.Temperature = pack.LogitsSoftmax, 1.7 },
		"one step of int8":       func(m *pack.Manifest) { m.Input.DType, m.Tolerance = "int8", 1.0/256 },
		"a demonstration":        func(m *pack.Manifest) { m.Status = pack.Demonstration },
		"an HIBCC identifier":    device(pack.Device{Manufacturer: "M", UDIDI: "A999MODEL10"}),
		"an ICCBBA identifier":   device(pack.Device{Manufacturer: "M", UDIDI: "=/A9999XYZ100T0479"}),
		"a label of no class":    func(m *pack.Manifest) { withNone(m) },
	} {
		t.Run(name, func(t *testing.T) {
			m := manifest()
			change(&m)
			m.Members = sampleMembers
			if err := m.Check(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// withNone adds a label for pictures that show nothing known.
func withNone(m *pack.Manifest) {
	m.Output.Labels = append(m.Output.Labels, "none")
	m.Output.Classes["none"] = pack.Mapping{Threshold: 0.5}
}

var sampleMembers = []pack.Member{
	{Name: "model.tflite", Size: 108, SHA256: strings.Repeat("0a", 32)}, {Name: "card.md", Size: 7, SHA256: strings.Repeat("0b", 32)},
	{Name: "golden.json", Size: 300, SHA256: strings.Repeat("0c", 32)}, {Name: "golden.bin", Size: 96, SHA256: strings.Repeat("0d", 32)},
}

func TestCheckOfMembers(t *testing.T) {
	for field, change := range map[string]func(all []pack.Member) []pack.Member{
		"members":           func(all []pack.Member) []pack.Member { return all[1:] },
		"members[0].name":   func(all []pack.Member) []pack.Member { all[0].Name = "../model.tflite"; return all },
		"members[1].size":   func(all []pack.Member) []pack.Member { all[1].Size = 1 << 40; return all },
		"members[2].sha256": func(all []pack.Member) []pack.Member { all[2].SHA256 = strings.Repeat("0C", 32); return all },
	} {
		m := manifest()
		m.Members = change(slices.Clone(sampleMembers))
		if e, ok := errors.AsType[*appliance.Error](m.Check()); !ok || e.Field != field {
			t.Errorf("%s: got %v", field, e)
		}
	}
}
