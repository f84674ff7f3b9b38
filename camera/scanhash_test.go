package camera_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"dermbox/appliance"
	"dermbox/camera"
)

// restarts is a 64 x 48 JPEG by OpenCV with a restart interval for each row of coding units: two restart markers.
func restarts(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "restarts-0.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestScanHashLeavesCommentsOut(t *testing.T) {
	plain := picture(64, 48, 1)
	want, w, h, err := camera.ScanHash(plain)
	if err != nil || w != 64 || h != 48 || len(want) != 64 {
		t.Fatalf("%q %d %d %v", want, w, h, err)
	}
	app := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, 6, 'E', 'x', 'i', 'f'}, plain[2:]...)
	for name, same := range map[string][]byte{
		"comment":      camera.Exposure{Seq: 9, Boottime: 1, Boot: "b"}.Insert(plain),
		"app segment":  app,
		"two of them":  camera.Exposure{Seq: 9, Boottime: 1, Boot: "b"}.Insert(app),
		"padded":       append(bytes.Clone(plain), 0, 0, 0),
		"other cmt":    camera.Exposure{Seq: 10, Boottime: 2, Boot: "b"}.Insert(plain),
		"filled marks": append([]byte{0xff, 0xd8, 0xff, 0xff, 0xff, 0xfe, 0, 2}, plain[2:]...),
	} {
		if got, _, _, err := camera.ScanHash(same); err != nil || got != want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if other, _, _, err := camera.ScanHash(picture(64, 48, 2)); err != nil || other == want {
		t.Errorf("another picture: %s, %v", other, err)
	}
}

func TestScanHashRefusesDamage(t *testing.T) {
	plain, marked := picture(64, 48, 1), restarts(t)
	sof, sos := bytes.Index(plain, []byte{0xff, 0xc0}), bytes.Index(plain, []byte{0xff, 0xda})
	rst0, rst1 := bytes.Index(marked, []byte{0xff, 0xd0}), bytes.Index(marked, []byte{0xff, 0xd1})
	if rst0 < 0 || rst1 < 0 {
		t.Fatal("test data has no restart markers")
	}
	put := func(b []byte, at int, v ...byte) []byte {
		c := bytes.Clone(b)
		copy(c[at:], v)
		return c
	}
	cut := func(b []byte, from, to int) []byte { return append(bytes.Clone(b[:from]), b[to:]...) }
	for name, bad := range map[string][]byte{
		"nothing":               nil,
		"text":                  []byte("not a picture at all"),
		"only SOI":              {0xff, 0xd8},
		"SOI and EOI":           {0xff, 0xd8, 0xff, 0xd9},
		"cut in the scan":       plain[:len(plain)*3/5],
		"no EOI":                plain[:len(plain)-2],
		"half an EOI":           plain[:len(plain)-1],
		"cut in a segment":      plain[:10],
		"segment too long":      put(plain, sof+2, 0xff, 0xff),
		"segment of length 1":   put(plain, sof+2, 0, 1),
		"no frame header":       cut(plain, sof, sof+2+17),
		"no scan":               append(bytes.Clone(plain[:sos]), 0xff, 0xd9),
		"empty scan":            append(bytes.Clone(plain[:sos+14]), 0xff, 0xd9),
		"zero width":            put(plain, sof+7, 0, 0),
		"more pixels than 50 M": put(plain, sof+5, 0xff, 0xff, 0xff, 0xff),
		"12 bits":               put(plain, sof+4, 12),
		"arithmetic coding":     put(plain, sof+1, 0xc9),
		"sampling 0":            put(plain, sof+11, 0),
		"garbage after the end": append(bytes.Clone(plain), 'x'),
		"two pictures":          append(bytes.Clone(plain), plain...),
		"restart out of turn":   put(marked, rst0+1, 0xd3),
		"restart lost":          cut(marked, rst0, rst1),
		"restart forged":        put(plain, len(plain)-8, 0xff, 0xd0),
		"marker in the scan":    put(plain, len(plain)-8, 0xff, 0xc4),
		"SOI within":            put(plain, sof, 0xff, 0xd8),
	} {
		_, _, _, err := camera.ScanHash(bad)
		if appliance.CodeOf(err) != appliance.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, _, err := camera.ScanHash(marked); err != nil {
		t.Errorf("sound picture with restart markers: %v", err)
	}
}

func TestScanHashOfGrey(t *testing.T) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 33, 17)), nil); err != nil {
		t.Fatal(err)
	}
	if _, w, h, err := camera.ScanHash(out.Bytes()); err != nil || w != 33 || h != 17 {
		t.Fatalf("%d %d %v", w, h, err)
	}
}

// FuzzScanHash checks that nothing crashes and that what is accepted has the size that Go's decoder sees in its header.
func FuzzScanHash(f *testing.F) {
	f.Add(picture(64, 48, 1))
	f.Add(restarts(f))
	f.Add(camera.Exposure{Seq: 1, Boottime: 2, Boot: "b"}.Insert(picture(16, 16, 3)))
	f.Add([]byte{0xff, 0xd8, 0xff, 0xd9})
	f.Fuzz(func(t *testing.T, data []byte) {
		sum, w, h, err := camera.ScanHash(data)
		if err != nil {
			return
		}
		if len(sum) != 64 || w < 1 || h < 1 || w*h > camera.MaxPixels {
			t.Fatalf("%q %d %d", sum, w, h)
		}
		if c, err := jpeg.DecodeConfig(bytes.NewReader(data)); err == nil && (c.Width != w || c.Height != h) {
			t.Fatalf("%d x %d, but %d x %d", w, h, c.Width, c.Height)
		}
		camera.ReadExposure(data)
	})
}
