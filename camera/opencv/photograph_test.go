//go:build opencv

package opencv_test

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dermbox/camera/opencv"
	"dermbox/camera/quality"
	"dermbox/camera/scope"
)

// play gives a frame of each photograph of a folder as the simulated dermatoscope sends it, in the order of their names.
func play(t *testing.T, dir string, n int) (frames [][]byte) {
	t.Helper()
	s, err := scope.New(scope.Options{Images: dir, Subject: scope.Subject{Kind: scope.Naevus, Tone: 2}, Encoder: opencv.Encoder{}, Log: silent})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		frames = append(frames, s.Expose().JPEG)
		if err := s.Next(); err != nil {
			t.Fatal(err)
		}
	}
	return frames
}

// small writes the middle of a drawing, within its rim, as a photograph of an old data set: 256 by 256.
func small(t *testing.T, path string, s scope.Subject) {
	t.Helper()
	const side = 256
	const drawn = side * 3 / 2
	square := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(square, square.Rect, scope.Draw(s, drawn, drawn), image.Pt((drawn-side)/2, (drawn-side)/2), draw.Src)
	var b bytes.Buffer
	err := jpeg.Encode(&b, square, &jpeg.Options{Quality: 95})
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// judged gives what a profile says of a picture: as a still, and as a live frame without what only a still has.
func judged(t *testing.T, p *quality.Profile, jpeg []byte) (still, live []string, field quality.Field) {
	t.Helper()
	m, err := opencv.Measure(jpeg, p.Part)
	if err != nil {
		t.Fatal(err)
	}
	l, err := opencv.Live(jpeg, p.Part)
	if err != nil {
		t.Fatal(err)
	}
	return failures(quality.Judge(p, m)), failures(quality.Judge(p, l)), m.Field
}

// A photograph that is played is judged as its file is: what is beside it in the frame is no rim and no dark corner.
func TestPlayedDrawingIsJudgedAsItsFile(t *testing.T) {
	dir, p := t.TempDir(), profile(t, "public-256")
	subjects := []scope.Subject{{Kind: scope.Naevus, Tone: 2, Seed: 7003}, {Kind: scope.Keratosis, Tone: 1, Seed: 7002}, {Kind: scope.Empty, Tone: 2, Seed: 7}}
	for i, s := range subjects {
		small(t, filepath.Join(dir, string(rune('a'+i))+".jpg"), s)
	}
	for i, frame := range play(t, dir, len(subjects)) {
		file, err := os.ReadFile(filepath.Join(dir, string(rune('a'+i))+".jpg"))
		if err != nil {
			t.Fatal(err)
		}
		want, _, _ := judged(t, p, file)
		got, live, field := judged(t, p, frame)
		if !slices.Equal(got, want) || (len(live) == 0) != (len(want) == 0) {
			t.Errorf("%s: %v and live %v, its file %v", subjects[i].Kind, got, live, want)
		}
		if math.Abs(field.X-scope.Width/2) > 30 || math.Abs(field.Y-scope.Height/2) > 30 || field.Size < 950 || field.Size > scope.Height {
			t.Errorf("%s: field %+v", subjects[i].Kind, field)
		}
	}
}

// The same of photographs, where they lie beside the checkout. Of all 150 of val 147 get the verdict of their file.
func TestPlayedPhotographsAreJudgedAsTheirFiles(t *testing.T) {
	const from = "../../../shared/data/isic2017/val"
	n := 20
	if raceDetector {
		n = 6
	}
	names, err := filepath.Glob(filepath.Join(from, "*.jpg"))
	if err != nil || len(names) < n {
		t.Skipf("%s is not beside the checkout", from)
	}
	p, differ := profile(t, "public-256"), 0
	for i, frame := range play(t, from, n) {
		file, err := os.ReadFile(names[i])
		if err != nil {
			t.Fatal(err)
		}
		want, _, _ := judged(t, p, file)
		got, _, _ := judged(t, p, frame)
		if (len(got) == 0) != (len(want) == 0) {
			t.Logf("%s: %v, its file %v", filepath.Base(names[i]), got, want)
			differ++
		}
	}
	if differ > n/10 {
		t.Errorf("%d of %d are judged otherwise than their files", differ, n)
	}
}
