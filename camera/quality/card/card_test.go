package card_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"dermbox/camera/quality/card"
	"dermbox/camera/quality/colour"
)

var limits = card.Limits{MaxMean: 5, MaxPatch: 10}

// seen gives the blobs of a card's marks under a turn in degrees, a scale and a shift.
func seen(l card.Layout, degrees, pxPerMM float64) (blobs []card.Blob) {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	for i := range card.Marks {
		m := l.Mark(i)
		b := card.Blob{
			At:   card.Point{X: 960 + pxPerMM*(m.X*cos-m.Y*sin), Y: 540 + pxPerMM*(m.X*sin+m.Y*cos)},
			Area: math.Pi * math.Pow(card.MarkRadius*pxPerMM, 2),
		}
		if l.Code[i] {
			b.Hole = math.Pi * math.Pow(card.CoreRadius*pxPerMM, 2)
		}
		blobs = append(blobs, b)
	}
	return blobs
}

// reading gives a perfect reading of the newest card.
func reading() card.Reading {
	l := card.Newest()
	r := card.Reading{State: card.StateFound, Card: l.Ref(), EdgePX: 2}
	for _, b := range seen(l, 30, 50) {
		r.Marks = append(r.Marks, b.At)
	}
	for _, p := range l.Patches {
		r.Patches = append(r.Patches, card.Sample{Patch: p.Colour, Around: l.Background})
	}
	return r
}

func TestLayout(t *testing.T) {
	for _, l := range card.Known() {
		for i := range l.Patches {
			for j := range i {
				a, b := l.Patches[i], l.Patches[j]
				if gap := math.Hypot(a.At.X-b.At.X, a.At.Y-b.At.Y) - a.Radius - b.Radius; gap < 0.6 {
					t.Errorf("%s and %s are %.2f mm apart", a.Name, b.Name, gap)
				}
			}
			for m := range card.Marks {
				p := l.Patches[i]
				if gap := math.Hypot(p.At.X-l.Mark(m).X, p.At.Y-l.Mark(m).Y) - p.Radius - card.MarkRadius; gap < 0.6 {
					t.Errorf("%s is %.2f mm from mark %d", p.Name, gap, m)
				}
			}
		}
		for turn := 1; turn < card.Marks; turn++ {
			if same(l.Code, func(i int) int { return i + turn }) {
				t.Errorf("%s turned by %d marks reads the same", l.Ref(), turn)
			}
		}
		for turn := range card.Marks {
			if same(l.Code, func(i int) int { return turn + 2*card.Marks - i }) {
				t.Errorf("%s mirrored and turned by %d marks reads the same", l.Ref(), turn)
			}
		}
	}
}

func same(code [card.Marks]bool, to func(int) int) bool {
	for i := range code {
		if code[i] != code[to(i)%card.Marks] {
			return false
		}
	}
	return true
}

func TestFindAtEveryTurn(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	l := card.Newest()
	for degrees := 0.0; degrees < 360; degrees += 7 {
		blobs := seen(l, degrees, 12+50*r.Float64())
		for range 12 { // patches, hair, whatever
			blobs = append(blobs, card.Blob{At: card.Point{X: 1920 * r.Float64(), Y: 1080 * r.Float64()}, Area: 4000 * r.Float64()})
		}
		r.Shuffle(len(blobs), func(i, j int) { blobs[i], blobs[j] = blobs[j], blobs[i] })
		found, marks, state := card.Find(blobs)
		if state != card.StateFound || found.Ref() != l.Ref() {
			t.Fatalf("at %g degrees: %s", degrees, state)
		}
		if _, got := card.Fit(marks).Scale(); math.Abs(math.Remainder(got-degrees, 360)) > 0.01 {
			t.Fatalf("at %g degrees: read as %g", degrees, got)
		}
	}
}

func TestFindRefuses(t *testing.T) {
	l := card.Newest()
	for name, tt := range map[string]struct {
		change func([]card.Blob) []card.Blob
		want   string
	}{
		"nothing":         {func([]card.Blob) []card.Blob { return nil }, card.StateNone},
		"three marks out": {func(b []card.Blob) []card.Blob { return b[:5] }, card.StatePartial},
		"half a card":     {func(b []card.Blob) []card.Blob { return b[:4] }, card.StateNone},
		"no cores": {func(b []card.Blob) []card.Blob {
			for i := range b {
				b[i].Hole = 0
			}
			return b
		}, card.StateNone},
		"another code": {func(b []card.Blob) []card.Blob { b[3].Hole = b[0].Hole; return b }, card.StateOther},
		"mirrored": {func(b []card.Blob) []card.Blob {
			for i := range b {
				b[i].At.X = 1920 - b[i].At.X
			}
			return b
		}, card.StateOther},
		"marks too small": {func(b []card.Blob) []card.Blob {
			for i := range b {
				b[i].Area /= 3
			}
			return b
		}, card.StateNone},
		"too many spots": {func(b []card.Blob) []card.Blob {
			for range 300 {
				b = append(b, b[0])
			}
			return b
		}, card.StateNone},
	} {
		if _, _, got := card.Find(tt.change(seen(l, 40, 50))); got != tt.want {
			t.Errorf("%s: %s, not %s", name, got, tt.want)
		}
	}
}

// Spots by chance are no card.
func TestFindByChance(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var blobs []card.Blob
		for range 60 {
			b := card.Blob{At: card.Point{X: 1000 * r.Float64(), Y: 1000 * r.Float64()}, Area: 3000 + 6000*r.Float64()}
			b.Hole = b.Area * 0.3 * r.Float64()
			blobs = append(blobs, b)
		}
		if _, _, state := card.Find(blobs); state == card.StateFound {
			t.Fatalf("found in %+v", blobs)
		}
	}
}

func TestJudge(t *testing.T) {
	light := func(r *card.Reading, gain [3]float64) {
		for i := range r.Patches {
			s := &r.Patches[i]
			s.Patch, s.Around = s.Patch.Linear().Times(gain).SRGB(), s.Around.Linear().Times(gain).SRGB()
		}
	}
	for name, tt := range map[string]struct {
		change func(*card.Reading)
		key    string
	}{
		"perfect":       {func(*card.Reading) {}, "quality.card.ok"},
		"warm":          {func(r *card.Reading) { light(r, [3]float64{1.2, 1, 0.6}) }, "quality.card.ok"},
		"dark":          {func(r *card.Reading) { light(r, [3]float64{0.4, 0.4, 0.4}) }, "quality.card.dark"},
		"just in":       {func(r *card.Reading) { light(r, [3]float64{0.51, 0.51, 0.51}) }, "quality.card.ok"},
		"clipped":       {func(r *card.Reading) { r.Patches[0].Patch[0] = 251 }, "quality.card.bright"},
		"one colour":    {func(r *card.Reading) { r.Patches[1].Patch = colour.SRGB{60, 60, 160} }, "quality.card.colour"},
		"none":          {func(r *card.Reading) { r.State = card.StateNone }, "quality.card.none"},
		"no state":      {func(r *card.Reading) { *r = card.Reading{} }, "quality.card.none"},
		"partial":       {func(r *card.Reading) { r.State = card.StatePartial }, "quality.card.partial"},
		"other":         {func(r *card.Reading) { r.State = card.StateOther }, "quality.card.other"},
		"unknown card":  {func(r *card.Reading) { r.Card = "dermbox-20/999" }, "quality.card.other"},
		"few marks":     {func(r *card.Reading) { r.Marks = r.Marks[:7] }, "quality.card.other"},
		"few patches":   {func(r *card.Reading) { r.Patches = r.Patches[:7] }, "quality.card.other"},
		"no number":     {func(r *card.Reading) { r.Marks[0].X = math.NaN() }, "quality.card.other"},
		"blurred":       {func(r *card.Reading) { r.EdgePX = 7 }, "quality.card.blurred"},
		"marks moved":   {func(r *card.Reading) { r.Marks[2].X += 6 }, "quality.card.tilted"},
		"marks at once": {func(r *card.Reading) { clear(r.Marks) }, "quality.card.tilted"},
		"tilted": {func(r *card.Reading) {
			for i := range r.Marks {
				r.Marks[i].Y *= 0.95
			}
		}, "quality.card.tilted"},
		"all black":             {func(r *card.Reading) { clear(r.Patches) }, "quality.card.none"},
		"a cast past all gains": {func(r *card.Reading) { light(r, [3]float64{1, 1, 0.1}) }, "quality.card.colour"},
	} {
		r := reading()
		tt.change(&r)
		got := card.Judge(r, limits)
		if got.Key != tt.key || got.Pass != (tt.key == "quality.card.ok") {
			t.Errorf("%s: %s, not %s: %+v", name, got.Key, tt.key, got)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The gains undo a cast, the scale is that of the marks, and light that falls off to one side changes no colour.
func TestJudgeNumbers(t *testing.T) {
	r := reading()
	for i := range r.Patches {
		share := 0.6 + 0.4*float64(i)/float64(len(r.Patches))
		gain := [3]float64{1.2 * share, share, 0.8 * share}
		s := &r.Patches[i]
		s.Patch, s.Around = s.Patch.Linear().Times(gain).SRGB(), s.Around.Linear().Times(gain).SRGB()
	}
	got := card.Judge(r, limits)
	if math.Abs(got.Gains[0]-1/1.2) > 1e-3 || got.Gains[1] != 1 || math.Abs(got.Gains[2]-1/0.8) > 1e-3 {
		t.Errorf("gains %v", got.Gains)
	}
	if math.Abs(got.MMPerPX-0.02) > 1e-6 || got.OffMM > 1e-6 || math.Abs(got.Degrees-30) > 1e-6 || math.Abs(got.Tilt-1) > 1e-6 {
		t.Errorf("%+v", got)
	}
	if got.MeanDeltaE > 0.01 || got.MaxDeltaE > 0.01 || !got.Pass {
		t.Errorf("mean %g, max %g of %s", got.MeanDeltaE, got.MaxDeltaE, got.Worst)
	}
}

// The limits are the profile's: what fails one passes a wider one.
func TestJudgeLimits(t *testing.T) {
	r := reading()
	r.Patches[1].Patch = colour.SRGB{120, 90, 85}
	got := card.Judge(r, card.Limits{MaxMean: 5, MaxPatch: 100})
	if !got.Pass || got.Worst != "red" || got.MaxDeltaE < 10 {
		t.Fatalf("%+v", got)
	}
	if card.Judge(r, card.Limits{MaxMean: 100, MaxPatch: got.MaxDeltaE - 0.1}).Pass || card.Judge(r, card.Limits{MaxMean: got.MeanDeltaE - 0.1, MaxPatch: 100}).Pass || card.Judge(r, card.Limits{}).Pass {
		t.Fatal("a limit that is passed by")
	}
}

// The judge worker is another process: whatever it says, nothing panics, and what passes has numbers that can be used.
func FuzzJudge(f *testing.F) {
	good, err := json.Marshal(reading())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"state":"found","card":"dermbox-20/1","marks":[{},{},{},{},{},{},{},{}]}`))
	f.Add([]byte(strings.Replace(string(good), `"edge_px":2`, `"edge_px":1e300`, 1)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var r card.Reading
		if json.Unmarshal(raw, &r) != nil {
			return
		}
		got := card.Judge(r, limits)
		if _, err := json.Marshal(got); err != nil {
			t.Fatal(err)
		}
		if got.Pass && !(got.MMPerPX > 0 && got.MeanDeltaE <= 5 && got.MaxDeltaE <= 10 && got.Gains[0] > 0 && got.Gains[2] > 0) {
			t.Fatalf("%+v", got)
		}
	})
}
