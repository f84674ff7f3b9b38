package degrade_test

import (
	"math"
	"testing"

	"dermbox/camera/quality"
	"dermbox/camera/quality/colour"
	"dermbox/camera/quality/degrade"
)

// linear is the light of an sRGB byte, by the standard's formula.
func linear(v byte) float64 { return colour.SRGB{float64(v), 0, 0}.Linear()[0] }

func TestExposureIsExactInLinearLight(t *testing.T) {
	p := mole(64, quality.ShapeSquare)
	for _, tt := range []struct {
		kind degrade.Kind
		ev   float64
		by   float64
	}{{degrade.Over, 0.5, math.Sqrt2}, {degrade.Over, 1.5, 2.8284271}, {degrade.Under, 1.5, 1 / 2.8284271}, {degrade.Under, 2.5, 1 / 5.6568542}} {
		out := spoil(t, p, degrade.Fault{Kind: tt.kind, Amount: tt.ev})
		for i, v := range out.Pix {
			want := min(1, linear(p.Pix[i])*tt.by)
			if lo, hi := linear(byte(max(0, int(v)-1))), linear(byte(min(255, int(v)+1))); want < lo || want > hi {
				t.Fatalf("%s %v: %d becomes %d, its light should be %.4f", tt.kind, tt.ev, p.Pix[i], v, want)
			}
		}
	}
}

// A square of light is spread by exactly the sigma, and no light is lost.
func TestBlurHasItsSigma(t *testing.T) {
	for _, sigma := range []float64{0.75, 1.5, 3} {
		sum, xx, yy := spread(t, degrade.Fault{Kind: degrade.Blur, Amount: sigma})
		if gx, gy := math.Sqrt(xx), math.Sqrt(yy); math.Abs(gx-sigma) > 0.04*sigma || math.Abs(gy-sigma) > 0.04*sigma || math.Abs(sum-1) > 0.02 {
			t.Errorf("sigma %v: spread %.3f and %.3f, sum %.3f", sigma, gx, gy, sum)
		}
	}
}

// A moved square of light is spread along its length, in its direction.
func TestMotionHasItsLength(t *testing.T) {
	for direction, cos := range map[string]float64{"0": 1, "90": 0, "45": math.Sqrt2 / 2, "30": math.Sqrt(3) / 2} {
		sum, xx, yy := spread(t, degrade.Fault{Kind: degrade.Motion, Amount: 12, Direction: direction})
		length := math.Sqrt(12 * (xx + yy)) // an even line of length L has the variance L*L/12
		if got := math.Sqrt(max(0, xx) / (xx + yy)); math.Abs(length-12) > 0.5 || math.Abs(got-cos) > 0.08 || math.Abs(sum-1) > 0.02 {
			t.Errorf("%s degrees: length %.2f, along x %.2f, sum %.3f", direction, length, got, sum)
		}
	}
}

// spread gives what a fault makes of a square of light: its sum, of 1, and the variance that it adds along both axes.
func spread(t *testing.T, f degrade.Fault) (sum, xx, yy float64) {
	t.Helper()
	const side, half = 97, 7
	p := degrade.Picture{Width: side, Height: side, Pix: make([]byte, 3*side*side), Field: quality.Field{Shape: quality.ShapeNone}}
	for i := range side * side {
		if x, y := i%side-side/2, i/side-side/2; max(x, -x, y, -y) <= half {
			p.Pix[3*i], p.Pix[3*i+1], p.Pix[3*i+2] = 255, 255, 255
		}
	}
	out := spoil(t, p, f)
	for i := range side * side {
		v := float64(out.Pix[3*i])
		x, y := float64(i%side-side/2), float64(i/side-side/2)
		sum, xx, yy = sum+v, xx+v*x*x, yy+v*y*y
	}
	const n = 2*half + 1
	own := (n*n - 1) / 12.0 // the square's own variance
	return sum / (255 * n * n), xx/sum - own, yy/sum - own
}

func TestCastHasItsDistance(t *testing.T) {
	p := mole(48, quality.ShapeDisc)
	for _, way := range degrade.Casts() {
		for _, want := range []float64{3, 10, 20} {
			out := spoil(t, p, degrade.Fault{Kind: degrade.Cast, Amount: want, Direction: way})
			var sum, n, was, is float64
			for _, s := range quality.Spans(p.Field, 0.96, 48, 48) {
				for i := 3 * (s.Row*48 + s.From); i < 3*(s.Row*48+s.To); i += 9 {
					a, b := pixel(p, i), pixel(out, i)
					sum, n = sum+colour.DeltaE00(a.Lab(), b.Lab()), n+1
					was, is = was+a.Linear().XYZ()[1], is+b.Linear().XYZ()[1]
				}
			}
			if math.Abs(sum/n-want) > 0.3 || math.Abs(is/was-1) > 0.05 && want < 20 {
				t.Errorf("%s: deltaE00 %.2f of %v, luminance times %.3f", way, sum/n, want, is/was)
			}
		}
	}
}

func pixel(p degrade.Picture, i int) colour.SRGB {
	return colour.SRGB{float64(p.Pix[i]), float64(p.Pix[i+1]), float64(p.Pix[i+2])}
}

// covered gives the share of the lesion that counts as covered by what was laid over it.
func covered(p, out degrade.Picture, counts func(was, is float64) bool) float64 {
	k, n := 0, 0
	for i, l := range p.Lesion {
		if l {
			n++
			if counts(float64(p.Pix[3*i]), float64(out.Pix[3*i])) {
				k++
			}
		}
	}
	return float64(k) / float64(n)
}

func TestGlareCoversItsShare(t *testing.T) {
	p := mole(140, quality.ShapeSquare)
	for seed := range uint64(3) {
		for _, want := range []float64{0.01, 0.03, 0.08} {
			out := spoil(t, p, degrade.Fault{Kind: degrade.Glare, Amount: want, Seed: seed})
			got := covered(p, out, func(was, is float64) bool { return is-was >= 0.895*(254-was) })
			if math.Abs(got-want) > 0.005 {
				t.Errorf("seed %d: glare covers %.4f, not %v", seed, got, want)
			}
		}
	}
}

func TestCropLosesItsShare(t *testing.T) {
	for _, shape := range []string{quality.ShapeSquare, quality.ShapeDisc} {
		p := mole(100, shape)
		area := 0
		for _, l := range p.Lesion {
			if l {
				area++
			}
		}
		for seed := range uint64(2) {
			for _, want := range []float64{0.05, 0.15, 0.4} {
				out := spoil(t, p, degrade.Fault{Kind: degrade.Crop, Amount: want, Seed: seed})
				left := 0
				for i, l := range out.Lesion {
					if l {
						left++
						if out.Field.Shape == quality.ShapeSquare && out.Pix[3*i] > 190 {
							t.Fatalf("the lesion's mask has moved elsewhere than the lesion")
						}
					}
				}
				if got := 1 - float64(left)/float64(area); math.Abs(got-want) > 0.04 {
					t.Errorf("%s, seed %d: %.3f of the lesion is lost, not %v", shape, seed, got, want)
				}
			}
		}
	}
}

// Where the lesion was is skin as around it, in colour and in roughness.
func TestEmptyIsSkin(t *testing.T) {
	p := mole(200, quality.ShapeSquare)
	out := spoil(t, p, degrade.Fault{Kind: degrade.Empty})
	var in, squares, n float64
	for i, l := range p.Lesion {
		if l {
			v := float64(out.Pix[3*i])
			in, squares, n = in+v, squares+v*v, n+1
		}
	}
	mean := in / n
	if spread := math.Sqrt(squares/n - mean*mean); math.Abs(mean-205) > 4 || spread < 5 || spread > 11 {
		t.Errorf("the skin in place of the lesion has red %.1f and a spread of %.1f", mean, spread)
	}
}

// From afar nothing is dark at the rim, and the lesion is small.
func TestDistantHasNoRim(t *testing.T) {
	p := mole(200, quality.ShapeDisc)
	out := spoil(t, p, degrade.Fault{Kind: degrade.Distant, Seed: 3})
	dark := 0
	for i := range 200 * 200 {
		if out.Pix[3*i] < 20 {
			dark++
		}
	}
	if dark > 0 {
		t.Errorf("%d pixels are dark", dark)
	}
}

// The dermatoscope's dark corners stay where they are while the skin moves.
func TestCropKeepsTheLight(t *testing.T) {
	p := mole(160, quality.ShapeSquare)
	for i := range 160 * 160 {
		d := math.Hypot(float64(i%160)-79.5, float64(i/160)-79.5)
		for c := 3 * i; d > 75 && c < 3*i+3; c++ {
			p.Pix[c] = byte(float64(p.Pix[c]) * max(0.1, 1-(d-75)/12))
		}
	}
	out := spoil(t, p, degrade.Fault{Kind: degrade.Crop, Amount: 0.4, Seed: 1})
	for _, corner := range [][2]int{{2, 2}, {157, 2}, {2, 157}, {157, 157}} {
		if i := corner[1]*160 + corner[0]; out.Pix[3*i] > 60 && !out.Lesion[i] {
			t.Errorf("the corner %v has red %d, it was %d", corner, out.Pix[3*i], p.Pix[3*i])
		}
	}
	dark, inner := 0, 0
	for i := range 160 * 160 {
		if d := math.Hypot(float64(i%160)-79.5, float64(i/160)-79.5); d < 70 && !out.Lesion[i] {
			inner++
			if out.Pix[3*i] < 150 {
				dark++
			}
		}
	}
	if dark > inner/100 {
		t.Errorf("%d of %d pixels of the skin are dark: the corners' shade has moved with it", dark, inner)
	}
}
