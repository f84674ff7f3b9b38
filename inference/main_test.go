package inference_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"math"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/worker"
	"dermbox/inference"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

// envChild makes this test binary an inference worker with a made-up model. The real one is tested in inference/engine.
const envChild = "INFERENCE_TEST_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(envChild); mode != "" {
		os.Exit(worker.Main(&madeUp{mode: mode}))
	}
	goleak.VerifyTestMain(m)
}

// Brightness of a picture that makes the made-up model misbehave.
const (
	dieAt  = 255
	nanAt  = 250
	sumAt  = 245
	hangAt = 240
	cutAt  = 235
	spinAt = 230
	lostAt = 225 // its features are no numbers
)

// slowStall is the stall of a run where the model in mode "slow" takes twice as long to load.
const slowStall = time.Second

// madeUp is a model that calls a picture melanoma-like by its brightness.
type madeUp struct {
	mode     string
	runs     atomic.Int32
	features atomic.Int32 // that were asked for
}

// goldenRuns is how often a worker of the test pack is run before it is ready.
const goldenRuns = 2

func (m *madeUp) Handle(_ context.Context, typ string, data json.RawMessage, body []byte) (any, []byte, error) {
	if typ == inference.RequestLoad {
		var r inference.LoadRequest
		if err := json.Unmarshal(data, &r); err != nil {
			return nil, nil, err
		}
		m.features.Store(int32(r.Features))
		switch m.mode {
		case "crash at load":
			syscall.Kill(os.Getpid(), syscall.SIGSEGV)
			select {}
		case "hang at load":
			select {}
		case "hungry at load":
			kept := [][]byte{}
			for {
				kept = append(kept, bytes.Repeat([]byte{1}, 16<<20))
				if len(kept) > 1<<20 {
					break
				}
			}
		case "spin at load":
			worker.CPUBudget(time.Second)
			for i := 1; i != 0; i |= 1 {
			}
		}
		if m.mode == "refuse" {
			return nil, nil, appliance.E(appliance.Unverified, "inference.model_refused", errors.New("made up"))
		}
		if m.mode == "slow" {
			time.Sleep(2 * slowStall)
		}
		if m.mode == "odd name" {
			return inference.LoadReply{Engine: strings.Repeat("\x1b[2J", 100)}, nil, nil
		}
		return inference.LoadReply{Engine: "made-up engine"}, nil, nil
	}
	tensor, err := inference.DecodeTensor(body)
	if err != nil {
		return nil, nil, err
	}
	mel, run := tensor[0], m.runs.Add(1)
	if m.mode == "wrong" || m.mode == "wrong later" && run > goldenRuns {
		mel += 0.01
	}
	if m.mode == "stuck" && run > goldenRuns {
		mel = 0.4
	}
	if m.mode == "stuck, test hangs" && run > goldenRuns {
		if b := math.Round(float64(tensor[0]) * 255); b == 51 || b == 0 {
			select {}
		}
		mel = 0.4
	}
	out := []float32{1 - mel, mel}
	switch int(math.Round(float64(tensor[0]) * 255)) {
	case dieAt:
		os.Exit(9)
	case nanAt:
		out[0] = float32(math.NaN())
	case sumAt:
		out[0] = 0.5
	case spinAt:
		worker.CPUBudget(time.Second)
		for i := 1; i != 0; i |= 1 {
		}
	case hangAt:
		select {}
	case cutAt:
		out = out[:1]
	}
	return inference.RunReply{}, inference.EncodeTensor(append(out, m.featuresOf(tensor[0], run)...)), nil
}

var modelKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))

type keys struct{}

func (keys) Verifiers(context.Context, signed.Kind) ([]dsse.Verifier, error) {
	return []dsse.Verifier{signed.NewVerifier(modelKey.Public())}, nil
}

func manifest() pack.Manifest {
	return pack.Manifest{
		Header: signed.Header{
			Schema: pack.Schema, ID: "made-up", Version: 2, IssuedAt: time.Unix(1.7e9, 0).UTC(),
			ExpiresAt: time.Unix(1.9e9, 0).UTC(),
		},
		Name: "Made up", Status: pack.Simulation, IntendedUse: "Tests.",
		Input: preprocess.Spec{
			Width: 4, Height: 4, Channels: 3, DType: "float32", Layout: preprocess.NHWC, Colour: preprocess.RGB,
			Resize: preprocess.Squash, Std: [3]float64{255, 255, 255},
		},
		Output: pack.Output{Labels: []string{"nv", "mel"}, Activation: pack.Softmax, Classes: map[string]pack.Mapping{
			"nv": {Class: appliance.Benign, Threshold: 0.7}, "mel": {Class: appliance.Melanoma, Threshold: 0.1},
		}},
		Hierarchy: []appliance.Class{appliance.Melanoma, appliance.Benign},
		NotAssessed: []appliance.Class{
			appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus,
		},
		Optics:     []pack.Optics{{ID: appliance.OpticsSimulatedScope, FieldFraction: 0.8}},
		MinRuntime: "2.20.0", Licences: map[string]string{"model": "Apache-2.0"}, Tolerance: 1e-4,
		Preprocessing: preprocess.Version, Pathways: []appliance.Pathway{appliance.SecondReadPathway},
	}
}

// testPack is a verified pack of the made-up model: its known answers are for brightness 51 and 0.
func testPack(t *testing.T) *pack.Pack {
	t.Helper()
	return packOf(t, func(*pack.Manifest) {})
}

type clock time.Time

func (c clock) Now() appliance.Stamp { return appliance.Stamp{Wall: time.Time(c)} }
func (c clock) Bounded() time.Time   { return time.Time(c) }

// fellBack shows an earlier time than it showed before.
type fellBack struct {
	clock
	reached time.Time
}

func (c fellBack) Bounded() time.Time { return c.reached }

// grey is a still of one brightness, to the bit: a JPEG of the best quality keeps one.
func grey(brightness byte) inference.Input {
	picture := image.NewGray(image.Rect(0, 0, 20, 10))
	for i := range picture.Pix {
		picture.Pix[i] = brightness
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 100}); err != nil {
		panic(err)
	}
	return inference.Input{JPEG: out.Bytes(), Optics: appliance.OpticsSimulatedScope}
}

// spotted is a grey still with a spot of the brightness in its middle.
func spotted(brightness byte) inference.Input {
	picture := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range picture.Pix {
		picture.Pix[i] = 102
	}
	for y := 28; y < 40; y++ {
		for x := 28; x < 40; x++ {
			picture.Pix[picture.PixOffset(x, y)] = brightness
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 100}); err != nil {
		panic(err)
	}
	return inference.Input{JPEG: out.Bytes(), Optics: appliance.OpticsSimulatedScope}
}
