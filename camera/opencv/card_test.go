//go:build opencv

package opencv_test

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"dermbox/appliance"
	"dermbox/camera/opencv"
	"dermbox/camera/quality/card"
	"dermbox/camera/quality/colour"
	"dermbox/camera/scope"
)

var limits = card.Limits{MaxMean: 5, MaxPatch: 10}

// shot draws a subject and gives its still after a change to the picture and fresh noise of some spread.
func shot(t *testing.T, s scope.Subject, spread float64, change func(*image.RGBA) *image.RGBA) []byte {
	t.Helper()
	img := scope.Draw(s, scope.Width, scope.Height)
	if change != nil {
		img = change(img)
	}
	noise(img, spread, uint64(s.Seed))
	jpeg, err := opencv.Encoder{}.Encode(img, scope.Quality)
	if err != nil {
		t.Fatal(err)
	}
	return jpeg
}

// noise adds grain from a table: drawing millions of values would take longer than all else.
func noise(img *image.RGBA, spread float64, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 9))
	table := make([]float64, 1<<14)
	for i := range table {
		table[i] = spread*r.NormFloat64() + 0.5
	}
	at := 0
	for i := range img.Pix {
		if i%4 == 3 {
			at = (at + 1 + int(img.Pix[i-1])%7) % (len(table) - 4)
			continue
		}
		img.Pix[i] = byte(max(0, min(255, float64(img.Pix[i])+table[at+i%4])))
	}
}

func read(t *testing.T, jpeg []byte) (card.Reading, card.Result) {
	t.Helper()
	r, err := opencv.Card(jpeg)
	if err != nil {
		t.Fatal(err)
	}
	return r, card.Judge(r, limits)
}

// exposed changes the light by stops and by a gain for each colour.
func exposed(stops float64, gain [3]float64) func(*image.RGBA) *image.RGBA {
	return func(img *image.RGBA) *image.RGBA {
		var table [3][256]byte
		for c := range 3 {
			for v := range 256 {
				light := colour.SRGB{float64(v)}.Linear()[0] * math.Exp2(stops) * gain[c]
				table[c][v] = colour.Linear{light}.SRGB().Clamped()[0]
			}
		}
		for i := range img.Pix {
			if i%4 != 3 {
				img.Pix[i] = table[i%4][img.Pix[i]]
			}
		}
		return img
	}
}

// A card is read at any turn, and gives the scale that it was drawn with.
func TestCardAtAnyTurn(t *testing.T) {
	seeds := 16
	if raceDetector {
		seeds = 3
	}
	var worstScale, worstMean, worstMax float64
	low, high := math.Inf(1), 0.0
	for seed := range seeds {
		s := scope.Subject{Kind: scope.Card, Seed: int64(seed)}
		_, got := read(t, shot(t, s, 1.5, nil))
		if !got.Pass {
			t.Fatalf("%+v: %+v", s, got)
		}
		off := math.Abs(got.MMPerPX/scope.MMPerPX(s, scope.Height) - 1)
		worstScale, worstMean, worstMax = max(worstScale, off), max(worstMean, got.MeanDeltaE), max(worstMax, got.MaxDeltaE)
		low, high = min(low, got.MeanDeltaE), max(high, got.MeanDeltaE)
	}
	t.Logf("millimetres off by at most %.4f %%; deltaE00 mean %.2f to %.2f, of one patch at most %.2f", 100*worstScale, low, high, worstMax)
	if worstScale > 0.002 || worstMean > 2 || worstMax > 4 {
		t.Errorf("millimetres off by %.4f %%, mean deltaE00 %.2f, greatest %.2f", 100*worstScale, worstMean, worstMax)
	}
}

// Light, cast and noise within what gains can mend leave the numbers as they are.
func TestCardInOtherLight(t *testing.T) {
	s := scope.Subject{Kind: scope.Card, Seed: 77}
	for name, tt := range map[string]struct {
		stops, noise float64
		gain         [3]float64
		key          string
	}{
		"as it is":     {0, 1.5, [3]float64{1, 1, 1}, "quality.card.ok"},
		"darker":       {-0.6, 1.5, [3]float64{1, 1, 1}, "quality.card.ok"},
		"too dark":     {-1.6, 1.5, [3]float64{1, 1, 1}, "quality.card.dark"},
		"far too dark": {-3, 1.5, [3]float64{1, 1, 1}, "quality.card.dark"},
		"too bright":   {1.2, 1.5, [3]float64{1, 1, 1}, "quality.card.bright"},
		"white gone":   {0.7, 1.5, [3]float64{1, 1, 1}, "quality.card.bright"},
		"warm":         {-0.3, 1.5, [3]float64{1.25, 1, 0.6}, "quality.card.ok"},
		"cold":         {-0.3, 1.5, [3]float64{0.6, 1, 1.25}, "quality.card.ok"},
		"noisy":        {0, 10, [3]float64{1, 1, 1}, "quality.card.ok"},
	} {
		_, got := read(t, shot(t, s, tt.noise, exposed(tt.stops, tt.gain)))
		off := math.Abs(got.MMPerPX/scope.MMPerPX(s, scope.Height) - 1)
		if got.Key != tt.key || off > 0.002 || got.Pass && got.MeanDeltaE > 2 {
			t.Errorf("%s: %s, not %s; millimetres off by %.3f %%, mean deltaE00 %.2f", name, got.Key, tt.key, 100*off, got.MeanDeltaE)
		}
	}
}

func TestCardByFaultsOfTheScope(t *testing.T) {
	for fault, want := range map[scope.Fault]string{
		scope.FaultNone: "quality.card.ok", scope.FaultSmall: "quality.card.ok", scope.FaultSize: "quality.card.ok",
		scope.FaultCast: "quality.card.ok", scope.FaultMixed: "quality.card.colour",
		scope.FaultBlur: "quality.card.blurred", scope.FaultDarken: "quality.card.dark", scope.FaultGlare: "quality.card.bright",
	} {
		jpeg, err := scope.Photograph(opencv.Encoder{}, scope.Subject{Kind: scope.Card, Seed: 5}, fault)
		if err != nil {
			t.Fatal(err)
		}
		_, got := read(t, jpeg)
		if got.Key != want {
			t.Errorf("%s: %s, not %s", fault, got.Key, want)
		}
	}
}

// moved gives a picture as another map shows it: each pixel of the new one is taken from a place of the old.
func moved(from func(x, y float64) (float64, float64)) func(*image.RGBA) *image.RGBA {
	return func(img *image.RGBA) *image.RGBA {
		out := image.NewRGBA(img.Rect)
		for i := range out.Pix {
			out.Pix[i] = 4
		}
		w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				u, v := from(float64(x)-w/2, float64(y)-h/2)
				u, v = u+w/2, v+h/2
				if u >= 0 && v >= 0 && u < w-1 && v < h-1 {
					for c := range 4 {
						out.Pix[out.PixOffset(x, y)+c] = between4(img, u, v, c)
					}
				}
			}
		}
		return out
	}
}

// between4 blends the four nearest pixels.
func between4(img *image.RGBA, u, v float64, c int) byte {
	x, y := int(u), int(v)
	fx, fy := u-float64(x), v-float64(y)
	at := func(dx, dy int) float64 { return float64(img.Pix[img.PixOffset(x+dx, y+dy)+c]) }
	return byte((at(0, 0)*(1-fx)+at(1, 0)*fx)*(1-fy) + (at(0, 1)*(1-fx)+at(1, 1)*fx)*fy + 0.5)
}

func TestCardHeldBadly(t *testing.T) {
	s := scope.Subject{Kind: scope.Card, Seed: 21}
	for name, tt := range map[string]struct {
		from func(x, y float64) (float64, float64)
		key  string
	}{
		"tilted by 8 degrees":  {func(x, y float64) (float64, float64) { return x, y / math.Cos(8*math.Pi/180) }, "quality.card.ok"},
		"tilted by 20 degrees": {func(x, y float64) (float64, float64) { return x, y / math.Cos(20*math.Pi/180) }, "quality.card.tilted"},
		"half out of sight":    {func(x, y float64) (float64, float64) { return x - 700, y }, "quality.card.partial"},
		"one mark out":         {func(x, y float64) (float64, float64) { return x, y - 150 }, "quality.card.partial"},
		"out of sight":         {func(x, y float64) (float64, float64) { return x + 3000, y }, "quality.card.none"},
		"mirrored":             {func(x, y float64) (float64, float64) { return -x, y }, "quality.card.other"},
		"quarter of the size":  {func(x, y float64) (float64, float64) { return 4 * x, 4 * y }, "quality.card.none"},
	} {
		_, got := read(t, shot(t, s, 1.5, moved(tt.from)))
		if got.Key != tt.key {
			t.Errorf("%s: %s, not %s: %+v", name, got.Key, tt.key, got)
		}
	}
}

// What is no card is never taken for one: skin of every tone, lesions, hair, rulers, and nothing at all.
func TestNoCard(t *testing.T) {
	even := func(v byte) func(*image.RGBA) *image.RGBA {
		return func(img *image.RGBA) *image.RGBA {
			for i := range img.Pix {
				if i%4 != 3 {
					img.Pix[i] = v
				}
			}
			return img
		}
	}
	for _, v := range []byte{0, 4, 128, 255} {
		if _, got := read(t, shot(t, scope.Subject{Kind: scope.Empty, Tone: 1}, 1.5, even(v))); got.Key != "quality.card.none" {
			t.Errorf("all %d: %s", v, got.Key)
		}
	}
	for i, kind := range append(scope.Lesions(), scope.Empty) {
		for tone := 1; tone <= 6; tone++ {
			if raceDetector && (tone+i)%3 != 0 {
				continue
			}
			s := scope.Subject{Kind: kind, Tone: tone, Seed: 300 + int64(tone), Hair: tone%2 == 0, Ruler: tone%3 == 0}
			if _, got := read(t, shot(t, s, 1.5, nil)); got.Key != "quality.card.none" {
				t.Errorf("%+v: %s", s, got.Key)
			}
		}
	}
}

// The judge worker answers over its pipe as the function does.
func TestCardByTheJudge(t *testing.T) {
	c := startJudge(t)
	jpeg, err := scope.Photograph(opencv.Encoder{}, scope.Subject{Kind: scope.Card, Seed: 2}, scope.FaultNone)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Card(t.Context(), jpeg)
	if err != nil || r.State != card.StateFound || !card.Judge(r, limits).Pass {
		t.Fatalf("%+v: %v", r, err)
	}
	if _, err := c.Card(t.Context(), []byte("no picture")); appliance.CodeOf(err) != appliance.Invalid {
		t.Fatal(err)
	}
}
