package quality_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/camera/quality"
	"dermbox/camera/quality/colour"
)

func load(t testing.TB, name string) *quality.Profile {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("profiles", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := quality.ParseProfile(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// good are the metrics of a still that scope-1080 passes.
func good() quality.Metrics {
	return quality.Metrics{
		Width: 1920, Height: 1080, Field: quality.Field{Shape: quality.ShapeDisc, X: 960, Y: 540, Size: 1020},
		Values: map[string]float64{
			quality.Focus: 0.3, quality.Motion: 0.8, quality.ExposureMean: 120, quality.ClippedHigh: 0.001, quality.ClippedLow: 0.001,
			quality.Blocks: 2,
			quality.Ring:   0.98, quality.Glare: 0, quality.Occlusion: 0.01, quality.LesionContrast: 25, quality.LesionCut: 0,
			quality.LesionMargin: 0.2, quality.LesionSize: 0.35,
		},
		Skin: &colour.Lab{L: 67, A: 14, B: 16},
	}
}

func TestJudge(t *testing.T) {
	p := load(t, "scope-1080")
	for name, tt := range map[string]struct {
		change func(*quality.Metrics)
		key    string
		hard   bool
	}{
		"good":            {func(*quality.Metrics) {}, "", false},
		"field at limit":  {func(m *quality.Metrics) { m.Field.Size = 900 }, "", false},
		"field small":     {func(m *quality.Metrics) { m.Field.Size = 899.9 }, "quality.field_px.low", true},
		"no field":        {func(m *quality.Metrics) { m.Field = quality.Field{Shape: quality.ShapeNone} }, "quality.field_px.low", true},
		"picture small":   {func(m *quality.Metrics) { m.Width, m.Height = 1280, 720 }, "quality.image_px.low", true},
		"blurred":         {func(m *quality.Metrics) { m.Values[quality.Focus] = 0.13 }, "quality.focus.low", true},
		"moved":           {func(m *quality.Metrics) { m.Values[quality.Motion] = 0.21 }, "quality.motion.low", true},
		"blocks":          {func(m *quality.Metrics) { m.Values[quality.Blocks] = 13 }, "quality.blocks.high", true},
		"not a number":    {func(m *quality.Metrics) { m.Values[quality.Focus] = math.NaN() }, "quality.focus.low", true},
		"dark":            {func(m *quality.Metrics) { m.Values[quality.ExposureMean] = 94 }, "quality.exposure_mean.low", true},
		"bright":          {func(m *quality.Metrics) { m.Values[quality.ExposureMean] = 226 }, "quality.exposure_mean.high", true},
		"glare":           {func(m *quality.Metrics) { m.Values[quality.ClippedHigh] = 0.02 }, "quality.clipped_high.high", true},
		"black areas":     {func(m *quality.Metrics) { m.Values[quality.ClippedLow] = 0.03 }, "quality.clipped_low.high", false},
		"no rim":          {func(m *quality.Metrics) { m.Values[quality.Ring] = 0.5 }, "quality.ring.low", true},
		"mirrored light":  {func(m *quality.Metrics) { m.Values[quality.Glare] = 0.03 }, "quality.glare.high", false},
		"blue skin":       {func(m *quality.Metrics) { m.Skin = &colour.Lab{L: 67, A: 4, B: -10} }, "quality.cast.high", false},
		"hair":            {func(m *quality.Metrics) { m.Values[quality.Occlusion] = 0.2 }, "quality.occlusion.high", false},
		"bare skin":       {func(m *quality.Metrics) { m.Values[quality.LesionContrast] = 2 }, "quality.lesion_contrast.low", true},
		"cut":             {func(m *quality.Metrics) { m.Values[quality.LesionCut] = 0.2 }, "quality.lesion_cut.high", true},
		"at the edge":     {func(m *quality.Metrics) { m.Values[quality.LesionMargin] = 0.01 }, "quality.lesion_margin.low", true},
		"small":           {func(m *quality.Metrics) { m.Values[quality.LesionSize] = 0.05 }, "quality.lesion_size.low", true},
		"large":           {func(m *quality.Metrics) { m.Values[quality.LesionSize] = 0.95 }, "quality.lesion_size.high", true},
		"no skin seen":    {func(m *quality.Metrics) { m.Skin = nil }, "quality.cast.low", false},
		"nothing at all":  {func(m *quality.Metrics) { *m = quality.Metrics{} }, "quality.image_px.low", true},
		"endlessly sharp": {func(m *quality.Metrics) { m.Values[quality.Focus] = math.Inf(1) }, "", false},
	} {
		m := good()
		tt.change(&m)
		v := quality.Judge(p, m)
		first := ""
		for _, measure := range v.Measures {
			if !measure.Pass && first == "" {
				first = measure.Key
			}
			if measure.Pass != (measure.Key == "") || measure.Unit == "" {
				t.Errorf("%s: %+v", name, measure)
			}
		}
		if v.Pass != (tt.key == "") || v.HardFail != tt.hard || first != tt.key || len(v.Measures) != len(quality.Names()) {
			t.Errorf("%s: %+v", name, v)
		}
		if v.Profile != "scope-1080/2" {
			t.Errorf("%s: profile %s", name, v.Profile)
		}
	}
}

func TestVerdictIsJSON(t *testing.T) {
	m := good()
	m.Values[quality.Focus] = math.NaN()
	if _, err := json.Marshal(quality.Judge(load(t, "scope-1080"), m)); err != nil {
		t.Fatal(err)
	}
}

func TestEveryVerdictHasASentence(t *testing.T) {
	for _, name := range append(quality.Names(), quality.Twin) {
		for _, key := range []string{"quality." + name + ".low", "quality." + name + ".high", "quality.measure." + name} {
			if !text.Has(key) {
				t.Errorf("no sentence for %s", key)
			}
		}
	}
	for _, key := range []string{
		quality.StateStarting, quality.StateReady, quality.StateDown, quality.StateStopped,
		"quality.error.profile", "quality.error.unavailable",
	} {
		if !text.Has(key) {
			t.Errorf("no sentence for %s", key)
		}
	}
}

// TestTwinsAreRefused: the distance to other lesions' stills comes from whoever has them, and is left out where there are none.
func TestTwinsAreRefused(t *testing.T) {
	p := load(t, "scope-1080")
	for name, tt := range map[string]struct {
		apart float64
		pass  bool
	}{"the same": {0, false}, "nearly": {6, false}, "at the limit": {8, true}, "another": {30, true}} {
		m := good()
		m.Hash, m.Values[quality.Twin] = "00ff00ff00ff00ff", tt.apart
		v := quality.Judge(p, m)
		if v.Pass != tt.pass || v.HardFail == tt.pass || v.Hash != m.Hash || len(v.Measures) != len(quality.Names())+1 {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// TestMacroIsSoft: nothing but a picture that is too small keeps a close-up from passing for good.
func TestMacroIsSoft(t *testing.T) {
	p := load(t, "scope-1080-macro")
	for _, v := range []appliance.View{appliance.Macro, appliance.Regional, appliance.Oblique} {
		if !p.Judges(v) {
			t.Errorf("it is not for %s", v)
		}
	}
	if p.Judges(appliance.Dermoscopic) {
		t.Error("it judges dermoscopic stills")
	}
	m := good()
	if v := quality.Judge(p, m); v.Pass || v.HardFail || v.Measures[1].Key != "quality.ring.high" {
		t.Errorf("through the dermatoscope: %+v", v)
	}
	m.Values[quality.Ring] = 0.5
	m.Values[quality.Focus], m.Field = 0.1, quality.Field{Shape: quality.ShapeNone}
	if v := quality.Judge(p, m); !v.Pass {
		t.Errorf("a close-up without a field: %+v", v)
	}
	m.Values = map[string]float64{}
	if v := quality.Judge(p, m); v.Pass || v.HardFail {
		t.Errorf("a poor close-up: %+v", v)
	}
}

func TestOpticsOfProfiles(t *testing.T) {
	if p := load(t, "scope-1080"); !p.Allows(appliance.OpticsSimulatedScope) || p.Allows(appliance.OpticsPublicISIC) {
		t.Error(p.Optics)
	}
	if p := load(t, "public-256"); p.Allows(appliance.OpticsSimulatedScope) || !p.Allows(appliance.OpticsPublicISIC) {
		t.Error(p.Optics)
	}
}
