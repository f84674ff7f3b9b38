package pack_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/inference/pack"
)

// features are the bytes of a features.bin: mean, rows of the basis, scale.
func features(values ...float32) (raw []byte) {
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

// plain fits residualRule: the training pictures differ in their first two features alone, and 2 is left over of one of them.
func plain() []float32 { return []float32{1, 2, 3, 4, 1, 0, 0, 0, 0, 1, 0, 0, 2} }

func residualManifest() *pack.Manifest {
	m := manifest()
	residual(func(*pack.Distribution) {})(&m)
	return &m
}

// readPlain is plain after change, as a box reads it.
func readPlain(t testing.TB, change func(v []float32)) *pack.Features {
	t.Helper()
	values := plain()
	change(values)
	f, err := pack.ReadFeatures(residualManifest(), features(values...))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The scores are those that NumPy gives, by testdata/features.py, of features as they are and after Hellinger's transform.
func TestScoreIsNumPys(t *testing.T) {
	scoreIsNumPys(t, "", func(c numPys) float64 { return c.Score })
	scoreIsNumPys(t, pack.Hellinger, func(c numPys) float64 { return c.Hellinger })
}

type numPys struct {
	Features  []float32 `json:"features"`
	Score     float64   `json:"score"`
	Hellinger float64   `json:"hellinger"`
}

func scoreIsNumPys(t *testing.T, transform string, want func(numPys) float64) {
	t.Helper()
	m := residualManifest()
	m.Output.Distribution.Features, m.Output.Distribution.Directions, m.Output.Distribution.Transform = 24, 5, transform
	f, err := pack.ReadFeatures(m, read(t, "features.bin"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []numPys
	if err := json.Unmarshal(read(t, "features.json"), &cases); err != nil || len(cases) < 9 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for i, c := range cases {
		if got := f.Score(c.Features); math.Abs(got-want(c)) > 1e-9*max(1, want(c)) {
			t.Errorf("case %d, transform %q: %v, and NumPy says %v", i, transform, got, want(c))
		}
	}
}

// What has no shares of a sum, or is not finite, looks like nothing that was trained on.
func TestScoreOfHellinger(t *testing.T) {
	m := residualManifest()
	m.Output.Distribution.Transform = pack.Hellinger
	f, err := pack.ReadFeatures(m, features(plain()...))
	if err != nil {
		t.Fatal(err)
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, vector := range map[string][]float32{
		"nothing": {0, 0, 0, 0}, "below 0": {-1, -2, 0, -3}, "not a number": {1, nan, 1, 1}, "without end": {1, 1, inf, 1}, "without end, below": {1, 1, 1, -inf},
	} {
		if got := f.Score(vector); got != pack.MaxUnlikeness {
			t.Errorf("%s: %v", name, got)
		}
	}
	little, much := f.Score([]float32{1, 2, 3, 4}), f.Score([]float32{1000, 2000, 3000, 4000})
	if math.Abs(little-much) > 1e-12 || f.Score([]float32{-5, 2, 3, 4}) != f.Score([]float32{0, 2, 3, 4}) {
		t.Errorf("%v of little, %v of much", little, much)
	}
}

func TestScore(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	f := readPlain(t, func([]float32) {})
	for name, test := range map[string]struct {
		features []float32
		want     float64
	}{
		"the mean":                    {[]float32{1, 2, 3, 4}, 0},
		"as the training pictures do": {[]float32{-50, 70, 3, 4}, 0},
		"as one of them on average":   {[]float32{9, 9, 4, 5}, 1},
		"twice as far is four times":  {[]float32{9, 9, 5, 6}, 4},
		"in the other direction":      {[]float32{9, 9, 1, 2}, 4},
		"not a number":                {[]float32{1, 2, nan, 4}, pack.MaxUnlikeness},
		"not a number, explained":     {[]float32{nan, 2, 3, 4}, pack.MaxUnlikeness},
		"without end":                 {[]float32{1, 2, 3, inf}, pack.MaxUnlikeness},
		"without end, explained":      {[]float32{-inf, 2, 3, 4}, pack.MaxUnlikeness},
		"the largest":                 {[]float32{1, 2, 3, math.MaxFloat32}, pack.MaxUnlikeness},
		"too few":                     {[]float32{1, 2, 3}, pack.MaxUnlikeness},
		"too many":                    {[]float32{1, 2, 3, 4, 5}, pack.MaxUnlikeness},
		"none":                        {nil, pack.MaxUnlikeness},
		"far off":                     {[]float32{1, 2, 1003, 4}, 5e5},
	} {
		if got := f.Score(test.features); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// The further a picture is from what the training pictures have in common, the higher its score, up to the highest.
func TestScoreGrows(t *testing.T) {
	f, last := readPlain(t, func([]float32) {}), -1.0
	for d := float32(0.001); d < 1e6; d *= 1.5 {
		got := f.Score([]float32{1, 2, 3 + d, 4 - d/2})
		if got < last || got == last && got != pack.MaxUnlikeness {
			t.Fatalf("%v at %v, and %v before", got, d, last)
		}
		last = got
	}
	if last != pack.MaxUnlikeness {
		t.Fatalf("it ends at %v", last)
	}
}

// Rounding makes rows a little longer than 1: what they explain of a picture is then more than there is.
func TestScoreIsNeverBelowZero(t *testing.T) {
	f := readPlain(t, func(v []float32) { v[4] = 1.0004 })
	if got := f.Score([]float32{1001, 2, 3, 4}); got != 0 {
		t.Fatalf("score %v", got)
	}
}

// spoiltFeatures are bytes that no features.bin of residualRule may have, and what the refusal says of them.
func spoiltFeatures() map[string]struct {
	raw  []byte
	says string
} {
	with := func(at int, v float64) []byte {
		values := plain()
		values[at] = float32(v)
		return features(values...)
	}
	whole := features(plain()...)
	return map[string]struct {
		raw  []byte
		says string
	}{
		"nothing":                {nil, "0 bytes instead of 52"},
		"a byte less":            {whole[:51], "51 bytes"},
		"a byte more":            {append(slices.Clone(whole), 0), "53 bytes"},
		"no scale":               {whole[:48], "for 4 features and 2 directions"},
		"a direction more":       {append(slices.Clone(whole), make([]byte, 16)...), "68 bytes"},
		"a mean of no number":    {with(0, math.NaN()), "value 1 is no finite number"},
		"a mean without end":     {with(3, math.Inf(-1)), "value 4 is"},
		"a row of no number":     {with(11, math.NaN()), "value 12 is"},
		"a row without end":      {with(5, math.Inf(1)), "value 6 is"},
		"a scale of no number":   {with(12, math.NaN()), "value 13 is"},
		"a scale without end":    {with(12, math.Inf(1)), "value 13 is"},
		"scale 0":                {with(12, 0), "scale at its end is not above 0"},
		"scale -0":               {with(12, math.Copysign(0, -1)), "scale at its end"},
		"scale below 0":          {with(12, -2), "scale at its end"},
		"a row too long":         {with(4, 1.001), "rows 1 and 1"},
		"a row too short":        {with(9, 0.999), "rows 2 and 2"},
		"a row of zeros":         {with(9, 0), "rows 2 and 2"},
		"rows that share a part": {with(8, 0.0011), "rows 1 and 2"},
		"the largest values":     {with(6, math.MaxFloat32), "rows 1 and 1"},
		"big-endian":             {bigEndian(plain()), "finite number"},
	}
}

func bigEndian(values []float32) (raw []byte) {
	values[0] = math.Float32frombits(0x0000c07f) // the other way round it is no number
	for _, v := range values {
		raw = binary.BigEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

func TestHostileFeatures(t *testing.T) {
	for name, test := range spoiltFeatures() {
		t.Run(name, func(t *testing.T) {
			_, err := pack.ReadFeatures(residualManifest(), test.raw)
			refused(t, err, "pack.features", "features.bin")
			if sentence := text.Error(err); !strings.Contains(sentence, test.says) || strings.ContainsAny(sentence, "{}") {
				t.Fatal(sentence)
			}
		})
	}
}

// Whatever is taken gives every picture a score from 0 to the highest, and its own mean the lowest.
func FuzzFeatures(f *testing.F) {
	whole := features(plain()...)
	f.Add(uint8(2), uint8(1), whole, whole[:16])
	f.Add(uint8(22), uint8(4), read(f, "features.bin"), read(f, "features.bin")[96:192])
	f.Add(uint8(2), uint8(1), features(1, 2, 3, 4, 0.6, 0.8, 0, 0, -0.8, 0.6, 0, 0, 1e-45), features(float32(math.NaN()), 1, 2, 3))
	f.Add(uint8(0), uint8(0), features(3e38, -3e38, 1, 0, 1e-3), features(-3e38, 3e38))
	for _, bad := range spoiltFeatures() {
		f.Add(uint8(2), uint8(1), bad.raw, whole[4:20])
	}
	f.Fuzz(func(t *testing.T, more, directions uint8, raw, picture []byte) {
		m := residualManifest()
		d := m.Output.Distribution
		d.Features = 2 + int(more)
		d.Directions = 1 + int(directions)%(d.Features-1)
		got, err := pack.ReadFeatures(m, raw)
		if err != nil {
			if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Code != appliance.Unverified || e.Key != "pack.features" || e.Params["reason"] == "" {
				t.Fatalf("got %v", err)
			}
			return
		}
		if score := got.Score(floats(raw[:4*d.Features])); score != 0 {
			t.Fatalf("the mean itself has a score of %v", score)
		}
		if score := got.Score(floats(picture)); !(score >= 0 && score <= pack.MaxUnlikeness) {
			t.Fatalf("score %v", score)
		}
	})
}

func floats(raw []byte) (values []float32) {
	for ; len(raw) >= 4; raw = raw[4:] {
		values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(raw)))
	}
	return values
}
