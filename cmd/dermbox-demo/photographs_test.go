package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"dermbox/camera/scope"
	"dermbox/inference"
	"dermbox/inference/pack"
)

// The photographs of val that are played through the camera: all 150 in `make proof`, and on a day like any other so many, spread evenly:
// under the race detector they take two minutes.
const (
	photographsFolder = "../../../shared/data/isic2017/val"
	everyPhotograph   = "DERMBOX_ALL_PHOTOGRAPHS"
	fewPhotographs    = 30
	committed         = "../../firmware/demo/signed/demonstration.dermpack"
)

// photograph is one of the folder, at its place in the scope's order.
type photograph struct {
	name  string
	place int64
}

// photographs gives those that are to be played. Without them the test is skipped, and in `make photographs`, which is there for nothing
// else, it fails.
func photographs(tb testing.TB) (all []photograph) {
	tb.Helper()
	lacks := tb.Skipf
	if os.Getenv(everyPhotograph) != "" {
		lacks = tb.Fatalf
	}
	names, err := filepath.Glob(filepath.Join(photographsFolder, "*.jpg"))
	if err != nil || len(names) < fewPhotographs {
		lacks("%s is not beside the checkout", photographsFolder)
	}
	every := len(names) / fewPhotographs
	if os.Getenv(everyPhotograph) != "" {
		every = 1
	}
	for i := 0; i < len(names); i += every {
		all = append(all, photograph{names[i], int64(i)})
	}
	return all
}

// photographEvaluation gives the parts of the line with the committed model of photographs.
func photographEvaluation(tb testing.TB, images string) *evaluation {
	tb.Helper()
	bin, library := os.Getenv("DERMBOX_BIN"), os.Getenv("DERMBOX_TFLITE")
	if bin == "" || library == "" {
		tb.Skip("DERMBOX_BIN and DERMBOX_TFLITE name the programs and the library; make test sets them")
	}
	return &evaluation{root: "../..", bin: bin, tflite: library, images: images, packPath: committed, out: io.Discard}
}

// pair is what the model said of a photograph: through the camera and of the file itself.
type pair struct {
	name        string
	still, file inference.Scores
}

// said gives the set of classes over their thresholds.
func said(m *pack.Manifest, s inference.Scores) string {
	_, set, _, _ := inference.Interpret(m, s)
	return fmt.Sprint(set)
}

func (p pair) String() string {
	return fmt.Sprintf("%s: still %.4f, file %.4f of %v", p.name, p.still.Probabilities, p.file.Probabilities, p.still.Labels)
}

// TestPhotographsThroughTheCamera plays photographs to the real camera worker and has the real inference worker judge the still and
// the file itself. Each still gets a real answer, and at least nine in ten the same classes as their files. What the quality gate says
// of them is not asked here.
func TestPhotographsThroughTheCamera(t *testing.T) {
	all := photographs(t)
	e := photographEvaluation(t, photographsFolder)
	var pairs []pair
	err := e.with(t.Context(), func(ctx context.Context) error {
		for _, one := range all {
			p, err := e.pair(ctx, one)
			if err != nil {
				return fmt.Errorf("%s: %w", one.name, err)
			}
			pairs = append(pairs, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m, same := &e.pack.Manifest, 0
	sets := map[string]int{}
	for _, p := range pairs {
		still, file := said(m, p.still), said(m, p.file)
		sets[file]++
		if still == file {
			same++
			continue
		}
		t.Logf("still %s, file %s; %s", still, file, p)
	}
	t.Logf("%s/%d: %d of %d photographs get the classes of their files; the files' are %v", m.ID, m.Version, same, len(pairs), sets)
	if same*10 < len(pairs)*9 {
		t.Errorf("%d of %d photographs get the classes of their files, at least nine in ten are promised", same, len(pairs))
	}
}

// pair has a photograph judged through the camera, and its file.
func (e *evaluation) pair(ctx context.Context, one photograph) (p pair, err error) {
	p.name = filepath.Base(one.name)
	file, err := os.ReadFile(one.name)
	if err != nil {
		return p, err
	}
	if p.still, err = e.one(ctx, scope.Subject{Kind: scope.Naevus, Tone: 2, Seed: one.place}); err != nil {
		return p, err
	}
	if shown, err := e.shown(ctx); err != nil || shown != p.name {
		return p, errors.Join(fmt.Errorf("%q is shown instead", shown), err)
	}
	p.file, err = e.assess(ctx, file)
	return p, err
}

// shown gives the file name of the photograph that lies under the dermatoscope.
func (e *evaluation) shown(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.scope.ResolveReference(&url.URL{Path: scope.PathState}).String(), nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var state scope.State
	err = json.NewDecoder(answer.Body).Decode(&state)
	return state.Photo, err
}

// drawn writes photographs of 256 by 256 that are the middles of drawings: 0.jpg and so on.
func drawn(tb testing.TB, folder string, n int) {
	tb.Helper()
	const side, whole = 256, 384
	for i := range n {
		kinds := scope.Lesions()
		square := image.NewRGBA(image.Rect(0, 0, side, side))
		from := scope.Draw(scope.Subject{Kind: kinds[i%len(kinds)], Tone: 1 + i%3, Seed: int64(7000 + i)}, whole, whole)
		draw.Draw(square, square.Rect, from, image.Pt((whole-side)/2, (whole-side)/2), draw.Src)
		var b bytes.Buffer
		err := jpeg.Encode(&b, square, &jpeg.Options{Quality: 95})
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.jpg", i)), b.Bytes(), 0o600)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}
