package graph_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/inference/graph"
	"dermbox/inference/graph/graphtest"
	"dermbox/inference/pack"
)

// want fits the model that graphtest makes.
var want = graph.Want{InputDims: []int{1, 4, 4, 3}, InputType: "float32", Outputs: 3}

func TestMadeUpModelIsGood(t *testing.T) {
	model := graphtest.Model{}.Bytes()
	if err := graph.Check(model, want); err != nil {
		t.Fatal(err)
	}
	g, err := graph.Read(model)
	if err != nil {
		t.Fatal(err)
	}
	if g.Version != 3 || len(g.Operators) != 2 || g.Operators[0].Code != graphtest.Mean || g.Inputs[0].Name != "picture" {
		t.Fatalf("%+v", g)
	}
	if g.Bytes != (48+3+3)*4 || g.Peak != (48+3)*4 { // the answer is made when the picture is no longer needed
		t.Fatalf("%d bytes, at once %d", g.Bytes, g.Peak)
	}
}

func TestRefusals(t *testing.T) {
	good := graphtest.Model{}.Bytes()
	with := func(m graphtest.Model) []byte { return m.Bytes() }
	tests := map[string]struct {
		model []byte
		want  graph.Want
		key   string
		says  string // part of the sentence
	}{
		"empty":        {nil, want, "not_tflite", "not a TensorFlow Lite model"},
		"text":         {[]byte("this is no model at all, it is text"), want, "not_tflite", ""},
		"identifier":   {bytes.Replace(good, []byte("TFL3"), []byte("TFL2"), 1), want, "not_tflite", ""},
		"head alone":   {good[:8], want, "damaged", "cut off or damaged"},
		"cut":          {good[:len(good)/2], want, "damaged", ""},
		"last byte":    {good[:len(good)-4], want, "damaged", ""},
		"noise":        {append(bytes.Clone(good[:8]), bytes.Repeat([]byte{0xa5, 0x3c}, 500)...), want, "damaged", ""},
		"schema":       {with(graphtest.Model{Version: 4}), want, "schema", "version 4"},
		"subgraphs":    {with(graphtest.Model{Subgraphs: 2}), want, "subgraphs", "2 graphs"},
		"custom":       {with(graphtest.Model{Operator: graphtest.Custom, CustomName: "Betainc"}), want, "operators", "Betainc"},
		"odd name":     {with(graphtest.Model{Operator: graphtest.Custom, CustomName: "{x}\n"}), want, "operators", "?x??"},
		"no name":      {with(graphtest.Model{Operator: graphtest.Custom}), want, "operators", "?"},
		"two inputs":   {with(graphtest.Model{Inputs: 2}), want, "inputs", "2 inputs"},
		"open height":  {with(graphtest.Model{Signature: []int32{-1, -1, 4, 3}}), want, "dynamic", "picture"},
		"open inside":  {with(graphtest.Model{Between: []int32{1, -1}}), want, "dynamic", "between"},
		"nine sizes":   {with(graphtest.Model{Between: []int32{1, 1, 1, 1, 1, 1, 1, 1, 3}}), want, "damaged", ""},
		"open rank":    {with(graphtest.Model{Signature: []int32{-1, 4}}), want, "dynamic", "picture"},
		"huge":         {with(graphtest.Model{Between: []int32{1, 30000, 30000}}), want, "huge", "256"},
		"overflow":     {with(graphtest.Model{Between: []int32{1 << 30, 1 << 30, 1 << 30, 1 << 30}}), want, "huge", "256"},
		"input type":   {with(graphtest.Model{InputType: graphtest.Int8}), want, "input", "int8 [1 4 4 3]"},
		"int32 input":  {with(graphtest.Model{InputType: graphtest.Int32}), want, "dtype", "int32"},
		"strings":      {with(graphtest.Model{BetweenT: graphtest.String}), want, "dtype", "string"},
		"odd type":     {with(graphtest.Model{BetweenT: 99}), want, "dtype", "type 99"},
		"other input":  {good, graph.Want{InputDims: []int{1, 5, 4, 3}, InputType: "float32", Outputs: 3}, "input", "[1 5 4 3]"},
		"other labels": {good, graph.Want{InputDims: want.InputDims, InputType: "float32", Outputs: 7}, "labels", "7 labels"},
		"no output":    {with(graphtest.Model{Outputs: []int32{}}), want, "labels", ""},
		"two outputs":  {with(graphtest.Model{Outputs: []int32{3, 3}}), want, "outputs", "2 outputs"},
		"no such one":  {with(graphtest.Model{Outputs: []int32{9}}), want, "damaged", ""},
		"no features":  {good, features(5), "features", "5 values, its features, and 0 of the model's outputs"},
		"of another":   {with(graphtest.Model{Outputs: []int32{3, 0}}), features(5), "features", "[1 4 4 3]"},
		"features two": {with(graphtest.Model{Outputs: []int32{3, 0, 0}}), features(48), "features", "2 of the model's outputs"},
		"as labels":    {with(graphtest.Model{Outputs: []int32{3, 2}}), features(5), "outputs", "2 outputs with 3 values"},
		"both as one":  {good, features(3), "features", "3 values, its features"},
		"int32 ones":   {with(graphtest.Model{Outputs: []int32{3, 2}, Between: []int32{1, 5}, BetweenT: graphtest.Int32}), features(5), "dtype", "int32"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := graph.Check(test.model, test.want)
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || e.Code != appliance.Unverified || e.Key != "inference.model."+test.key {
				t.Fatalf("got %v, want %s", err, test.key)
			}
			if got := text.Error(e); !strings.Contains(got, test.says) || strings.ContainsAny(got, "{}") {
				t.Fatalf("it says %q, want %q in it", got, test.says)
			}
		})
	}
}

// features is want with a second output.
func features(values int) graph.Want {
	w := want
	w.Features = values
	return w
}

// The second output is found by its size, whichever of them it is; one that nobody asks for is let be.
func TestSecondOutput(t *testing.T) {
	for _, order := range [][]int32{{3, 0}, {0, 3}, {0, 2, 3}} {
		model := graphtest.Model{Outputs: order, Between: []int32{1, 7}}.Bytes()
		for _, w := range []graph.Want{features(48), want} {
			if err := graph.Check(model, w); err != nil {
				t.Errorf("outputs %v, features %d: %v", order, w.Features, err)
			}
		}
	}
}

// The batch may be left open: that is how Keras writes its models.
func TestOpenBatchIsGood(t *testing.T) {
	if err := graph.Check(graphtest.Model{Signature: []int32{-1, 4, 4, 3}}.Bytes(), want); err != nil {
		t.Fatal(err)
	}
}

// realModels are the models at hand: the committed ones, and those of ../shared where that is.
func realModels(t testing.TB) map[string][]byte {
	t.Helper()
	raw, err := os.ReadFile("../../firmware/demo/signed/simulation.dermpack")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Inspect(raw)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{"simulation": p.Model}
	files, _ := filepath.Glob("../tflite/testdata/*.tflite")
	more, _ := filepath.Glob("../../../shared/data/models/*/*.tflite")
	for _, path := range append(files, more...) {
		model, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(path)] = model
	}
	return out
}

func TestRealModelsAreGood(t *testing.T) {
	models := realModels(t)
	if len(models) < 3 {
		t.Fatalf("%d models: the committed ones are missing", len(models))
	}
	for name, model := range models {
		g, err := graph.Read(model)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		in, out := g.Inputs[0], g.Outputs[0]
		if err := g.Check(graph.Want{InputDims: in.Dims, InputType: in.DType, Outputs: int(out.Size())}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		t.Logf("%s: %v to %v, %d operators, %d KiB at once of %d", name, in, out, len(g.Operators), g.Peak>>10, g.Bytes>>10)
	}
}

// Each cut of each model at some hundred places is refused, and none is read past its end.
func TestCutModels(t *testing.T) {
	for name, model := range realModels(t) {
		for i := range 200 {
			if _, err := graph.Read(model[:len(model)*i/200]); err == nil && i < 100 {
				t.Errorf("%s cut to %d of 200 parts was read", name, i)
			}
		}
	}
}

// Each field in turn gets values that point nowhere, backwards or round in circles.
func TestExtremeFields(t *testing.T) {
	model := graphtest.Model{}.Bytes()
	for at := 8; at+4 <= len(model); at += 4 {
		for _, v := range []uint32{0, 1, 0x7fffffff, 0x80000000, 0xffffffff, uint32(len(model)), uint32(-at)} {
			bad := slices.Clone(model)
			binary.LittleEndian.PutUint32(bad[at:], v)
			if g, err := graph.Read(bad); err == nil {
				g.Check(want)
			}
		}
	}
}

// Many steps with long lists could keep the reader busy for ever, since lists may be shared; they are counted.
func TestReferencesAreBounded(t *testing.T) {
	if _, err := graph.Read(graphtest.Model{Steps: 100, Wide: 4000}.Bytes()); err != nil {
		t.Fatal(err)
	}
	if _, err := graph.Read(graphtest.Model{Steps: 300, Wide: 4000}.Bytes()); err == nil {
		t.Fatal("1,200,000 references were read")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(graphtest.Model{}.Bytes())
	f.Add(graphtest.Model{Operator: graphtest.Custom, CustomName: "Betainc"}.Bytes())
	f.Add(graphtest.Model{Signature: []int32{-1, 4, 4, 3}, Subgraphs: 2}.Bytes())
	for _, model := range realModels(f) {
		f.Add(model[:min(len(model), 32<<10)])
	}
	for at := 8; at < 400; at += 28 { // mutants: a field of the head points out of the file
		bad := graphtest.Model{}.Bytes()
		bad[at], bad[at+3] = 0xff, 0x7f
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, model []byte) {
		g, err := graph.Read(model)
		if err == nil && (g.Peak < 0 || g.Bytes < 0 || g.Peak > g.Bytes) {
			t.Fatalf("at once %d of %d bytes", g.Peak, g.Bytes)
		}
		if err := graph.Check(model, want); err != nil {
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || !text.Has(e.Key) {
				t.Fatalf("no sentence for %v", err)
			}
		}
	})
}
