package camera_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/camera"
)

// sound gives whole pictures of the kinds that cameras send, by name. Those of the files are by libjpeg.
func sound(t testing.TB) map[string][]byte {
	t.Helper()
	pictures := map[string][]byte{"4:2:0": encoded(t, grainy(200, 136), 90), "coarse": encoded(t, grainy(64, 48), 5), "fine": encoded(t, grainy(33, 17), 100),
		"grey": encoded(t, image.NewGray(image.Rect(0, 0, 33, 17)), 75), "flat": picture(64, 48, 1)}
	files, err := filepath.Glob(filepath.Join("testdata", "*.jpg"))
	if err != nil || len(files) == 0 {
		t.Fatal("no test data")
	}
	for _, f := range files {
		if pictures[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return pictures
}

func TestCheckScanPassesSoundPictures(t *testing.T) {
	for name, data := range sound(t) {
		for kind, same := range map[string][]byte{
			"bare": data, "exposure": camera.Exposure{Seq: 1, Boottime: 2, Boot: "b"}.Insert(data), "padded": append(bytes.Clone(data), 0, 0),
		} {
			if err := camera.CheckScan(same); err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
}

// Motion JPEG leaves the standard's Huffman tables out, and libjpeg puts them in again.
func TestCheckScanKnowsTheStandardTables(t *testing.T) {
	data := encoded(t, grainy(64, 48), 90)
	if err := camera.CheckScan(without(data, 0xc4)); err != nil {
		t.Error(err)
	}
	optimised := sound(t)["optimised.jpg"]
	refused(t, "tables of its own, lost", without(optimised, 0xc4))
}

func refused(t *testing.T, name string, data []byte) {
	t.Helper()
	err := camera.CheckScan(data)
	e, _ := err.(*appliance.Error)
	if e == nil || e.Code != appliance.Invalid || e.Key != "camera.error.damaged" || !e.Transient {
		t.Errorf("%s: %v", name, err)
	}
}

// segments gives where the segments of a kind begin, and where each ends.
func segments(data []byte, marker byte) (found [][2]int) {
	for pos := 2; pos+4 <= len(data) && data[pos] == 0xff && data[pos+1] != 0xd9; {
		end := pos + 2 + int(data[pos+2])<<8 + int(data[pos+3])
		if data[pos+1] == marker {
			found = append(found, [2]int{pos, end})
		}
		if data[pos+1] == 0xda {
			for end+1 < len(data) && (data[end] != 0xff || data[end+1] == 0 || data[end+1]&0xf8 == 0xd0) {
				end++
			}
		}
		pos = end
	}
	return found
}

// without leaves out all segments of a kind.
func without(data []byte, marker byte) []byte {
	out := bytes.Clone(data)
	for s := segments(out, marker); len(s) > 0; s = segments(out, marker) {
		out = append(out[:s[0][0]], out[s[0][1]:]...)
	}
	return out
}

// scanOf gives where the entropy-coded data of the first scan begins and where the whole picture's end marker is.
func scanOf(data []byte) (begin, end int) {
	return segments(data, 0xda)[0][1], bytes.LastIndex(data, []byte{0xff, 0xd9})
}

func TestCheckScanRefusesDamage(t *testing.T) {
	for name, data := range sound(t) {
		begin, end := scanOf(data)
		middle := begin + (end-begin)/2
		join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
		zero := bytes.Clone(data)
		clear(zero[middle:end])
		padded := bytes.Clone(data)
		padded[end-1] ^= 1
		for damage, bad := range map[string][]byte{
			"cut, end restored":     join(data[:middle], data[end:]),
			"zeros to the end":      zero,
			"one byte short":        join(data[:end-1], data[end:]),
			"one byte over":         join(data[:end], []byte{0x55}, data[end:]),
			"one byte of ones over": join(data[:end], []byte{0xff, 0}, data[end:]),
			"stuffing lost":         join(data[:end], []byte{0xff, 0xff, 0}, data[end:]),
			"no quantisers":         without(data, 0xdb),
			"no frame header":       without(data, 0xc0),
			"scan twice":            join(data[:end], data[segments(data, 0xda)[0][0]:]),
			"too high":              resized(data, 5, 24),
			"too wide":              resized(data, 7, 24),
			"too low":               resized(data, 5, -16),
			"too narrow":            resized(data, 7, -16),
		} {
			if name == "progressive.jpg" && (strings.HasPrefix(damage, "one") || strings.HasPrefix(damage, "too") || damage == "stuffing lost" ||
				damage == "scan twice" || damage == "no frame header") {
				continue // image/jpeg passes what is left over, and its frame header is another
			}
			refused(t, name+", "+damage, bad)
		}
	}
}

// resized changes a size in the baseline frame header, at its place in the segment, by so many pixels.
func resized(data []byte, at, by int) []byte {
	out := bytes.Clone(data)
	if s := segments(out, 0xc0); len(s) > 0 {
		p := s[0][0] + at
		n := int(out[p])<<8 | int(out[p+1]) + by
		out[p], out[p+1] = byte(n>>8), byte(n)
	}
	return out
}

func TestCheckScanRefusesBadHeaders(t *testing.T) {
	data := encoded(t, grainy(64, 48), 90)
	sof, sos := segments(data, 0xc0)[0][0], segments(data, 0xda)[0][0]
	dht, dqt := segments(data, 0xc4)[0][0], segments(data, 0xdb)[0][0]
	put := func(at int, v ...byte) []byte {
		c := bytes.Clone(data)
		copy(c[at:], v)
		return c
	}
	for name, bad := range map[string][]byte{
		"quantiser of zero":           put(dqt+5+63, 0),
		"quantisation table 4":        put(dqt+4, 4),
		"quantisation table cut":      put(dqt+4+65, 0x11),
		"no such quantisation table":  put(sof+12, 3),
		"quantisation table 9":        put(sof+12, 9),
		"two components alike":        put(sof+13, 1),
		"five Huffman classes":        put(dht+4, 0x50),
		"Huffman table 4":             put(dht+4, 4),
		"too many short codes":        put(dht+5, 3),
		"code of ones only":           put(dht+5, 2),
		"Huffman table cut":           put(dht+2, 0, 40),
		"Huffman table lost":          put(dht+4, 2),
		"scan of another component":   put(sos+5, 9),
		"component twice in the scan": put(sos+7, 1),
		"components out of turn":      put(sos+5, 2, 0x11, 1, 0),
		"Huffman table 2":             put(sos+6, 0x20),
		"Huffman table 5":             put(sos+6, 5),
		"spectral selection":          put(sos+12, 5),
		"successive approximation":    put(sos+13, 1),
		"category 12":                 put(dht+5+16, 12, 12, 12, 12, 12, 12),
		"arithmetic coding table":     put(dqt+1, 0xcc),
		"lossless":                    put(sof+1, 0xc3),
		"unknown segment":             put(dqt+1, 0x02),
		"too large":                   make([]byte, camera.MaxJPEG+1),
	} {
		refused(t, name, bad)
	}
}

func TestCheckScanRefusesRestartsOutOfPlace(t *testing.T) {
	data := restarts(t)
	begin, end := scanOf(data)
	one := bytes.Index(data, []byte{0xff, 0xd0})
	two := bytes.Index(data, []byte{0xff, 0xd1})
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	a, b, c := data[begin:one], data[one+2:two], data[two+2:end]
	rst0, rst1 := data[one:one+2], data[two:two+2]
	if err := camera.CheckScan(join(data[:begin], b, rst0, a, rst1, c, data[end:])); err != nil {
		t.Errorf("whole intervals exchanged cannot be seen, and yet: %v", err)
	}
	for name, bad := range map[string][]byte{
		"half an interval moved":           join(data[:begin], a, b[:len(b)/2], rst0, b[len(b)/2:], rst1, c, data[end:]),
		"an interval empty":                join(data[:begin], a, rst0, rst1, c, data[end:]),
		"an interval in two":               join(data[:begin], a, rst0, b, c, rst1, data[end:]),
		"byte over in an interval":         join(data[:begin], a, []byte{0}, rst0, b, rst1, c, data[end:]),
		"intervals exchanged, markers too": join(data[:begin], a, rst1, c, rst0, b, data[end:]),
		"markers exchanged":                join(data[:begin], a, rst1, b, rst0, c, data[end:]),
	} {
		refused(t, name, bad)
	}
	filled := join(data[:begin], a, []byte{0xff, 0xff}, rst0, b, rst1, c, []byte{0xff}, data[end:])
	if err := camera.CheckScan(filled); err != nil {
		t.Errorf("fill bytes before a marker are allowed: %v", err)
	}
}

// What Go's decoder finds wrong in damaged data, the check finds too. Another decoder of ours would not count; this one is
// not as strict, so the other way round says nothing.
func TestCheckScanFindsWhatGoFinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	found := 0
	for name, data := range sound(t) {
		begin, end := scanOf(data)
		for range 400 {
			bad := bytes.Clone(data)
			at := begin + rng.IntN(end-begin)
			switch rng.IntN(3) {
			case 0:
				bad[at] ^= 1 << rng.IntN(8)
			case 1:
				bad = append(bad[:at], bad[at+1:]...)
			case 2:
				bad = append(bad[:at], append([]byte{byte(rng.IntN(256))}, bad[at:]...)...)
			}
			if _, err := jpeg.Decode(bytes.NewReader(bad)); err != nil {
				found++
				refused(t, name, bad)
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d damages that Go's decoder finds", found)
	}
}

// The seeds named libjpeg-... are damages of which libjpeg (djpeg 2.1.5) only warned: bad Huffman codes, data that ends too
// soon, bytes left over.
func TestCheckScanRefusesWhatLibjpegWarnedOf(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "fuzz", "FuzzCheckScan", "libjpeg-*"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d seeds, %v", len(files), err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "libjpeg-extra-progressive") {
			continue // image/jpeg passes what is left over
		}
		seed, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		line := strings.Split(string(seed), "\n")[1]
		data, err := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(line, "[]byte("), ")"))
		if err != nil {
			t.Fatal(err)
		}
		refused(t, filepath.Base(f), []byte(data))
	}
}

// FuzzCheckScan checks that nothing crashes and that what Go's decoder finds wrong in baseline pictures is refused.
func FuzzCheckScan(f *testing.F) {
	for _, data := range sound(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if camera.CheckScan(data) != nil {
			return
		}
		if _, _, _, err := camera.ScanHash(data); err != nil {
			t.Fatalf("CheckScan passes what ScanHash refuses: %v", err)
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || c.Width*c.Height > 1<<20 {
			return // of a kind that Go's decoder does not know, or too large to try
		}
		_, err = jpeg.Decode(bytes.NewReader(data))
		if _, other := err.(jpeg.UnsupportedError); err != nil && !other && len(segments(data, 0xc4)) > 0 {
			t.Fatalf("CheckScan passes what image/jpeg refuses: %v", err)
		}
	})
}

// Some cameras pad the last byte of a scan with zeros instead of ones: their pictures are whole.
func TestCheckScanTakesPaddingOfZeros(t *testing.T) {
	taken := 0
	for name, data := range sound(t) {
		if name == "progressive.jpg" {
			continue
		}
		_, end := scanOf(data)
		for n := range 8 {
			mask := byte(1)<<n - 1
			if n == 0 || data[end-1]&mask != mask {
				continue
			}
			zeros := bytes.Clone(data)
			zeros[end-1] &^= mask // only where these are just the padding does the picture stay whole
			if camera.CheckScan(zeros) == nil {
				taken++
			}
		}
	}
	if taken == 0 {
		t.Error("no picture with padding of zeros was taken")
	}
}
