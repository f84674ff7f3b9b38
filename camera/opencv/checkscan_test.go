//go:build opencv

package opencv_test

import (
	"bytes"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"gocv.io/x/gocv"

	"dermbox/camera"
	"dermbox/camera/opencv"
	"dermbox/camera/scope"
)

// byOpenCV gives pictures as OpenCV encodes them: with restart intervals, grey, with optimised tables, progressive.
func byOpenCV(t *testing.T) map[string][]byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 6))
	img := image.NewRGBA(image.Rect(0, 0, 200, 120))
	for y := range 120 {
		for x := range 200 {
			n := rng.IntN(20)
			img.SetRGBA(x, y, color.RGBA{uint8(100 + x/2 + n), uint8(90 + y/2 + n), uint8(80 + n), 255})
		}
	}
	rows, err := opencv.Encoder{}.Encode(img, 90)
	if err != nil {
		t.Fatal(err)
	}
	pictures := map[string][]byte{"restarts": rows}
	for name, how := range map[string]struct {
		flags  gocv.IMReadFlag
		params []int
	}{
		"plain": {gocv.IMReadColor, []int{gocv.IMWriteJpegQuality, 95}},
		"grey":  {gocv.IMReadGrayScale, []int{gocv.IMWriteJpegQuality, 80, gocv.IMWriteJpegRstInterval, 7}},
		"best":  {gocv.IMReadColor, []int{gocv.IMWriteJpegQuality, 85, gocv.IMWriteJpegOptimize, 1}},
	} {
		m, err := gocv.IMDecode(rows, how.flags)
		if err != nil {
			t.Fatal(err)
		}
		buf, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, m, how.params)
		m.Close()
		if err != nil {
			t.Fatal(err)
		}
		pictures[name] = bytes.Clone(buf.GetBytes())
		buf.Close()
	}
	return pictures
}

func TestCheckScanPassesWhatOpenCVAndTheScopeSend(t *testing.T) {
	s, err := scope.New(scope.Options{Encoder: opencv.Encoder{}, Log: silent, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	pictures := byOpenCV(t)
	pictures["scope"] = s.Expose().JPEG
	for name, data := range pictures {
		if err := camera.CheckScan(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever libjpeg warns of on its way through a damaged picture, and OpenCV then gives back as a good one, is refused.
func TestCheckScanRefusesWhatLibjpegWarnsOf(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	warned := 0
	for name, data := range byOpenCV(t) {
		begin := bytes.LastIndex(data, []byte{0xff, 0xda}) + 8
		for range 100 {
			bad := bytes.Clone(data)
			at := begin + rng.IntN(len(bad)-begin-2)
			switch rng.IntN(4) {
			case 0:
				bad[at] ^= 1 << rng.IntN(8)
			case 1:
				bad = append(bad[:at], bad[min(at+1+rng.IntN(64), len(bad)-2):]...)
			case 2:
				bad = append(bad[:at], append([]byte{byte(rng.IntN(256))}, bad[at:]...)...)
			case 3:
				clear(bad[at:min(at+rng.IntN(64), len(bad)-2)])
			}
			said := stderr(t, func() {
				m, _ := gocv.IMDecode(bad, gocv.IMReadColor)
				m.Close()
			})
			if said == "" {
				continue
			}
			warned++
			if err := camera.CheckScan(bad); err == nil {
				t.Errorf("%s: passes, and libjpeg said %q", name, said)
			}
		}
	}
	if warned < 50 {
		t.Errorf("libjpeg warned only %d times", warned)
	}
}
