package record_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
	"dermbox/inference/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// brightness is a model that calls a picture melanoma-like by its first value.
type brightness struct{ asked int }

func (b *brightness) Run(_ context.Context, tensor []float32) ([]float32, error) {
	b.asked++
	if tensor[0] == 1 {
		return nil, errors.New("too bright")
	}
	return []float32{1 - tensor[0], tensor[0]}, nil
}

func manifest(side int) *pack.Manifest {
	return &pack.Manifest{
		Input: preprocess.Spec{Width: side, Height: side, Channels: 3, DType: "float32", Layout: preprocess.NHWC, Colour: preprocess.RGB,
			Resize: preprocess.Squash, Std: [3]float64{255, 255, 255}},
		Output: pack.Output{Labels: []string{"nv", "mel"}, Activation: pack.Softmax, Classes: map[string]pack.Mapping{
			"nv": {Class: appliance.Benign, Threshold: 0.7}, "mel": {Class: appliance.Melanoma, Threshold: 0.2},
		}},
		Optics: []pack.Optics{{ID: "x", FieldFraction: 1}}, Tolerance: 1e-4,
	}
}

// grey is a photograph of one brightness.
func grey(group string, brightness byte) record.Picture {
	return record.Picture{Name: fmt.Sprintf("grey-%d", brightness), Group: group, Read: func() ([]byte, error) {
		img := image.NewGray(image.Rect(0, 0, 8, 8))
		for i := range img.Pix {
			img.Pix[i] = brightness
		}
		var out bytes.Buffer
		err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 100})
		return out.Bytes(), err
	}}
}

func golden(t *testing.T, m *pack.Manifest, each int, pictures ...record.Picture) (names string, a record.Answers, asked int) {
	t.Helper()
	model := &brightness{}
	a, err := record.Golden(t.Context(), record.Options{Manifest: m, Optics: m.Optics[0], Model: model, Each: each}, pictures)
	if err != nil {
		t.Fatal(err)
	}
	var g pack.Golden
	if err := json.Unmarshal(a.JSON, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Vectors) != a.Vectors || len(a.Bin) != a.Vectors*m.Input.Size() {
		t.Fatalf("%d vectors, %d, %d bytes", len(g.Vectors), a.Vectors, len(a.Bin))
	}
	var all []string
	for _, v := range g.Vectors {
		all = append(all, v.Name)
	}
	return strings.Join(all, ", "), a, model.asked
}

func TestGolden(t *testing.T) {
	for name, test := range map[string]struct {
		each     int
		pictures []record.Picture
		want     string
		asked    int
	}{
		"groups of answers in turns": {2, []record.Picture{grey("", 1), grey("", 2), grey("", 3), grey("", 200), grey("", 201), grey("", 64)},
			"01 nv, 02 mel, 03 mel nv, 04 nv, 05 mel", 6},
		"labels, and no more than wanted": {1, []record.Picture{grey("naevus", 1), grey("naevus", 2), grey("melanoma", 200)}, "01 naevus, 02 melanoma", 2},
		"near a threshold":                {3, []record.Picture{grey("", 50), grey("", 51), grey("", 52), grey("", 76), grey("", 1)}, "01 nv", 5},
		"the same twice":                  {3, []record.Picture{grey("", 1), grey("", 1), grey("other", 1)}, "01 nv", 3},
		"none":                            {3, nil, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, asked := golden(t, manifest(4), test.each, test.pictures...)
			if got != test.want || asked != test.asked {
				t.Errorf("%q after %d questions, want %q", got, asked, test.want)
			}
		})
	}
}

// A step of a quantised model is large: its answers keep twice that from every threshold.
func TestGoldenKeepsATolerance(t *testing.T) {
	m := manifest(4)
	m.Tolerance = 0.02
	if got, _, _ := golden(t, m, 3, grey("", 58), grey("", 64)); got != "01 mel nv" { // 0.227 and 0.251 against 0.2
		t.Errorf("recorded %q", got)
	}
}

// Of a quantised logit a step is less of a probability near a low threshold, where melanoma's lies: else nothing below it could be recorded.
func TestGoldenNearALowThresholdOfLogits(t *testing.T) {
	m := manifest(4)
	m.Tolerance, m.Output.Activation, m.Output.Temperature = 0.02, pack.LogitsSoftmax, 0.1
	m.Output.Classes["mel"] = pack.Mapping{Class: appliance.Melanoma, Threshold: 0.05}
	if got, _, _ := golden(t, m, 9, grey("", 89), grey("", 86)); got != "01 nv" { // mel 0.047 and 0.037; a step moves it by 0.004
		t.Errorf("recorded %q", got)
	}
	m.Output.Classes["mel"] = pack.Mapping{Class: appliance.Melanoma, Threshold: 0.5}
	if got, _, _ := golden(t, m, 9, grey("", 126)); got != "" { // 0.47; here a step moves it by 0.02
		t.Errorf("recorded %q", got)
	}
}

// Large inputs leave room for few vectors: each group has one before any has two.
func TestGoldenFitsIntoAPack(t *testing.T) {
	got, a, _ := golden(t, manifest(1024), 4, grey("", 1), grey("", 2), grey("", 3), grey("", 4), grey("", 200), grey("", 201), grey("", 202))
	if got != "01 nv, 02 mel, 03 nv, 04 mel, 05 nv" || len(a.Bin) > 16<<20 {
		t.Errorf("recorded %q, %d bytes", got, len(a.Bin))
	}
}

func TestGoldenRefuses(t *testing.T) {
	unread := errors.New("unread")
	for name, p := range map[string]record.Picture{
		"a damaged photograph": {Name: "damaged.jpg", Read: func() ([]byte, error) { return []byte("no photograph"), nil }},
		"an unreadable one":    {Read: func() ([]byte, error) { return nil, unread }},
		"a model that fails":   grey("", 255),
	} {
		m := manifest(4)
		_, err := record.Golden(t.Context(), record.Options{Manifest: m, Optics: m.Optics[0], Model: &brightness{}, Each: 1}, []record.Picture{p})
		e, ok := errors.AsType[*appliance.Error](err)
		if err == nil || ok && (e.Key != "inference.record_picture" || e.Params["file"] != "damaged.jpg") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestWorkerThatIsNotThere(t *testing.T) {
	_, err := record.StartWorker(t.Context(), record.WorkerOptions{Path: "/nonexistent/dermbox-inference"}, manifest(4), []byte("model"))
	if appliance.CodeOf(err) != appliance.Unavailable {
		t.Fatalf("got %v", err)
	}
}
