//go:build opencv

package opencv_test

import (
	"bytes"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"testing"

	"gocv.io/x/gocv"
	"golang.org/x/sys/unix"

	"dermbox/camera"
	"dermbox/camera/opencv"
	"dermbox/camera/scope"
)

func TestSplicedFramesDecodeWithoutWarning(t *testing.T) {
	s, err := scope.New(scope.Options{Encoder: opencv.Encoder{}, Log: silent, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		frame := s.Expose().JPEG
		img, err := jpeg.Decode(bytes.NewReader(frame))
		if err != nil || img.Bounds().Dx() != 1920 || img.Bounds().Dy() != 1080 {
			t.Fatalf("image/jpeg: %v", err)
		}
		said := stderr(t, func() {
			m, err := gocv.IMDecode(frame, gocv.IMReadColor)
			if err != nil || m.Empty() {
				t.Errorf("OpenCV: %v", err)
			}
			m.Close()
		})
		if said != "" {
			t.Errorf("libjpeg said %q", said)
		}
	}
	if said := stderr(t, func() {
		frame := bytes.Clone(s.Expose().JPEG)
		clear(frame[len(frame)/2 : len(frame)/2+200])
		m, _ := gocv.IMDecode(frame, gocv.IMReadColor)
		m.Close()
	}); said == "" {
		t.Error("libjpeg's warnings are not seen by this test")
	}
}

// stderr gives what native code prints on standard error while f runs.
func stderr(t *testing.T, f func()) string {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	saved, err := unix.Dup(2)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(saved)
	if err := unix.Dup3(int(out.Fd()), 2, 0); err != nil {
		t.Fatal(err)
	}
	f()
	unix.Dup3(saved, 2, 0)
	said, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(said)
}

func TestThreeHundredFramesDiffer(t *testing.T) {
	s, err := scope.New(scope.Options{Encoder: opencv.Encoder{}, Log: silent, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 300 {
		f := s.Expose()
		sum, w, h, err := camera.ScanHash(f.JPEG)
		if err != nil || w != 1920 || h != 1080 {
			t.Fatalf("frame %d: %d x %d, %v", f.Seq, w, h, err)
		}
		seen[sum] = true
	}
	if len(seen) != 300 {
		t.Fatalf("%d distinct frames", len(seen))
	}
}

func BenchmarkScopeFrame(b *testing.B) {
	s, err := scope.New(scope.Options{Encoder: opencv.Encoder{}, Log: silent, Seed: rand.Uint64()})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s.Expose()
	}
}

func BenchmarkScanHash(b *testing.B) {
	s, err := scope.New(scope.Options{Encoder: opencv.Encoder{}, Log: silent, Seed: 3})
	if err != nil {
		b.Fatal(err)
	}
	frame := s.Expose().JPEG
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		if _, _, _, err := camera.ScanHash(frame); err != nil {
			b.Fatal(err)
		}
	}
}
