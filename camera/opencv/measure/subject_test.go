//go:build opencv

package measure_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gocv.io/x/gocv"

	"dermbox/camera/opencv/measure"
	"dermbox/camera/quality"
	"dermbox/camera/quality/colour"
)

// side is the drawn scenes' width and height: a field at the working scale.
const side = 256

// paint draws over a scene: it gives the colour of a place, red, green and blue, given what was there.
type paint func(x, y float64, under [3]float64) [3]float64

// The colours of drawn scenes.
var (
	skin   = [3]float64{205, 160, 140}
	brown  = [3]float64{110, 70, 55}
	black  = [3]float64{25, 20, 18}
	white  = [3]float64{254, 254, 254}
	unlit  = [3]float64{4, 4, 4}
	behind = [3]float64{58, 74, 92}
)

// disc paints a disc with an edge one pixel soft.
func disc(cx, cy, r float64, colour [3]float64) paint {
	return func(x, y float64, under [3]float64) [3]float64 {
		return mix(under, colour, r+0.5-math.Hypot(x-cx, y-cy))
	}
}

// line paints a line of some breadth through two places, across the whole scene.
func line(x0, y0, x1, y1, breadth float64, colour [3]float64) paint {
	l := math.Hypot(x1-x0, y1-y0)
	return func(x, y float64, under [3]float64) [3]float64 {
		return mix(under, colour, breadth/2+0.5-math.Abs((x-x0)*(y1-y0)-(y-y0)*(x1-x0))/l)
	}
}

// beyond paints what is farther right than x.
func beyond(edge float64, colour [3]float64) paint {
	return func(x, _ float64, under [3]float64) [3]float64 { return mix(under, colour, x-edge) }
}

// rim paints the dark outside of a disc.
func rim(r float64) paint {
	return func(x, y float64, under [3]float64) [3]float64 {
		return mix(under, unlit, math.Hypot(x-side/2, y-side/2)-r)
	}
}

func mix(a, b [3]float64, share float64) (out [3]float64) {
	share = max(0, min(1, share))
	for c := range out {
		out[c] = a[c] + (b[c]-a[c])*share
	}
	return out
}

// scene paints skin with a sensor's noise, and then the paints in their order.
func scene(t *testing.T, paints ...paint) gocv.Mat {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 8))
	bytes := make([]byte, 0, 3*side*side)
	for y := range side {
		for x := range side {
			c := skin
			for _, p := range paints {
				c = p(float64(x)+0.5, float64(y)+0.5, c)
			}
			grain := 2 * r.NormFloat64()
			for k := 2; k >= 0; k-- {
				bytes = append(bytes, byte(max(0, min(255, c[k]+grain+0.5))))
			}
		}
	}
	m, err := gocv.NewMatFromBytes(side, side, gocv.MatTypeCV8UC3, bytes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func comb(n int, colour [3]float64) (hairs []paint) {
	for i := range n {
		y := 128 + 9*(float64(i)-float64(n-1)/2)
		hairs = append(hairs, line(0, y-20, side, y+20, 2, colour))
	}
	return hairs
}

// of is the range that a drawn scene's number must lie in.
type of struct {
	name   string
	lo, hi float64
}

func TestSubjectOfDrawnScenes(t *testing.T) {
	lesion := disc(128, 128, 40, brown)
	large := 2 * math.Sqrt(side*side/math.Pi) // the field's diameter by its area
	for name, tt := range map[string]struct {
		paints []paint
		want   []of
	}{
		"lesion": {[]paint{lesion}, []of{
			{quality.LesionContrast, 20, 60}, {quality.LesionCut, 0, 0}, {quality.LesionMargin, 83 / large, 90 / large},
			{quality.LesionSize, 76 / large, 88 / large}, {quality.Occlusion, 0, 0.01}, {quality.Glare, 0, 0}, {quality.Ring, 0.49, 0.5},
		}},
		"bare skin":        {nil, []of{{quality.LesionContrast, 0, 2}, {quality.Ring, 0.49, 0.5}, {quality.Glare, 0, 0}}},
		"small":            {[]paint{disc(120, 130, 9, brown)}, []of{{quality.LesionSize, 14 / large, 22 / large}, {quality.LesionCut, 0, 0}}},
		"fills the field":  {[]paint{disc(128, 128, 124, brown)}, []of{{quality.LesionSize, 0.75, 1}, {quality.LesionMargin, 0, 0.03}}},
		"cut":              {[]paint{disc(20, 128, 40, brown)}, []of{{quality.LesionCut, 0.15, 0.4}, {quality.LesionMargin, 0, 0}, {quality.LesionContrast, 20, 60}}},
		"cut by a corner":  {[]paint{disc(14, 14, 34, brown)}, []of{{quality.LesionCut, 0.4, 0.7}, {quality.LesionMargin, 0, 0}, {quality.LesionContrast, 20, 60}, {quality.Ring, 0.49, 0.5}}},
		"faint, cut":       {[]paint{disc(12, 128, 40, [3]float64{168, 116, 94})}, []of{{quality.LesionCut, 0.15, 0.4}, {quality.LesionContrast, 8, 20}, {quality.Ring, 0.49, 0.5}}},
		"shade, cut":       {[]paint{disc(12, 128, 40, [3]float64{165, 129, 113})}, []of{{quality.LesionContrast, 0, 1}}},
		"dark at a corner": {[]paint{disc(14, 14, 70, black)}, []of{{quality.LesionCut, 0.4, 0.7}, {quality.LesionContrast, 20, 80}, {quality.Ring, 0.49, 0.5}}},
		"vivid, cut":       {[]paint{disc(12, 128, 40, [3]float64{200, 90, 30})}, []of{{quality.LesionCut, 0.15, 0.4}, {quality.LesionContrast, 15, 60}}},
		"near the edge":    {[]paint{disc(50, 128, 40, brown)}, []of{{quality.LesionCut, 0, 0}, {quality.LesionMargin, 6 / large, 12 / large}}},
		"dark hair":        {append([]paint{lesion}, comb(6, black)...), []of{{quality.Occlusion, 0.2, 0.42}, {quality.LesionSize, 74 / large, 92 / large}}},
		"grey hair":        {append([]paint{lesion}, comb(6, [3]float64{138, 134, 130})...), []of{{quality.Occlusion, 0.1, 0.3}}},
		"hair beside":      {[]paint{lesion, line(0, 40, side, 30, 2, black)}, []of{{quality.Occlusion, 0, 0.01}}},
		"light on it":      {[]paint{lesion, disc(135, 120, 11, white)}, []of{{quality.Glare, 0.055, 0.09}, {quality.LesionSize, 76 / large, 88 / large}}},
		"light beside":     {[]paint{lesion, disc(220, 40, 11, white)}, []of{{quality.Glare, 0, 0}}},
		"rim":              {[]paint{lesion, rim(122)}, []of{{quality.Ring, 0.95, 1}, {quality.LesionCut, 0, 0}, {quality.LesionContrast, 20, 60}}},
		"cut by the rim":   {[]paint{disc(40, 128, 40, brown), rim(122)}, []of{{quality.LesionCut, 0.1, 0.5}, {quality.LesionMargin, 0, 0}}},
		"hair to the rim":  {[]paint{disc(128, 128, 40, black), line(0, 128, side, 120, 3, black), rim(122)}, []of{{quality.LesionSize, 0.27, 0.45}, {quality.Ring, 0.9, 1}}},
		"no dermatoscope":  {[]paint{disc(110, 128, 12, brown), beyond(200, behind)}, []of{{quality.Ring, 0, 0.2}}},
		"plaster":          {[]paint{lesion, disc(256, 100, 60, [3]float64{230, 120, 30})}, []of{{quality.LesionCut, 0, 0}, {quality.LesionSize, 76 / large, 88 / large}}},
		"yellow plaster":   {[]paint{lesion, disc(256, 100, 60, [3]float64{205, 200, 30})}, []of{{quality.LesionCut, 0, 0}, {quality.LesionSize, 76 / large, 88 / large}}},
		"faint, plaster":   {[]paint{disc(110, 128, 14, [3]float64{170, 120, 100}), disc(256, 100, 60, [3]float64{230, 120, 30})}, []of{{quality.LesionCut, 0, 0}, {quality.LesionSize, 22 / large, 34 / large}}},
		"another, and cut": {[]paint{disc(128, 128, 10, [3]float64{170, 120, 100}), disc(10, 60, 45, brown)}, []of{{quality.LesionMargin, 0, 0}, {quality.LesionCut, 0.1, 1}}},
	} {
		values, _, err := measure.Subject(scene(t, tt.paints...))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if got, ok := values[want.name]; !ok || got < want.lo-1e-9 || got > want.hi+1e-9 {
				t.Errorf("%s: %s is %.4f (%v), not from %.4f to %.4f", name, want.name, got, ok, want.lo, want.hi)
			}
		}
	}
}

// The skin's colour is that of the skin, whatever lies in it.
func TestSkinColour(t *testing.T) {
	want := colour.SRGB(skin).Lab()
	for name, paints := range map[string][]paint{
		"bare": nil, "lesion": {disc(128, 128, 60, brown)}, "rim": {disc(110, 140, 40, brown), rim(120)},
		"hair": append([]paint{disc(128, 128, 40, brown)}, comb(5, black)...), "light": {disc(128, 128, 40, brown), disc(60, 60, 12, white)},
	} {
		_, got, err := measure.Subject(scene(t, paints...))
		if err != nil || got == nil || colour.DeltaE00(*got, want) > 2 {
			t.Errorf("%s: %+v, painted %+v: %v", name, got, want, err)
		}
	}
}

// A picture without anything in it has no numbers that would pass for good, and does not fail.
func TestSubjectOfNothing(t *testing.T) {
	for name, c := range map[string][3]float64{"black": {}, "white": {255, 255, 255}} {
		values, _, err := measure.Subject(scene(t, func(float64, float64, [3]float64) [3]float64 { return c }))
		if err != nil || values[quality.LesionContrast] > 2 {
			t.Errorf("%s: %v: %v", name, values, err)
		}
		for check, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("%s: %s is %v", name, check, v)
			}
		}
	}
}
