package quality_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"dermbox/camera/quality"
)

// scene paints a shape of one luma on another, with a little noise.
func scene(w, h int, dark, lit byte, inside func(x, y float64) bool) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	grey := make([]byte, w*h)
	for i := range grey {
		v := dark
		if inside(float64(i%w)+0.5, float64(i/w)+0.5) {
			v = lit
		}
		grey[i] = byte(max(0, min(255, int(v)+r.IntN(3)-1)))
	}
	return grey
}

func disc(cx, cy, r float64) func(x, y float64) bool {
	return func(x, y float64) bool { return math.Hypot(x-cx, y-cy) < r }
}

func square(x0, y0, side float64) func(x, y float64) bool {
	return func(x, y float64) bool { return x >= x0 && x < x0+side && y >= y0 && y < y0+side }
}

func TestFindField(t *testing.T) {
	whole := func(float64, float64) bool { return true }
	nowhere := func(float64, float64) bool { return false }
	for name, tt := range map[string]struct {
		dark, lit byte
		inside    func(x, y float64) bool
		want      quality.Field
	}{
		"disc":             {4, 150, disc(240, 135, 128), quality.Field{Shape: "disc", X: 240, Y: 135, Size: 256}},
		"disc off centre":  {4, 70, disc(200, 120, 100), quality.Field{Shape: "disc", X: 200, Y: 120, Size: 200}},
		"lamp nearly off":  {4, 16, disc(240, 135, 128), quality.Field{Shape: "disc", X: 240, Y: 135, Size: 256}},
		"small disc":       {4, 150, disc(240, 135, 40), quality.Field{Shape: "disc", X: 240, Y: 135, Size: 80}},
		"square":           {4, 150, square(112, 7, 256), quality.Field{Shape: "square", X: 240, Y: 135, Size: 256}},
		"no rim":           {4, 150, whole, quality.Field{Shape: "square", X: 240, Y: 135, Size: 270}},
		"all dark":         {4, 4, nowhere, quality.Field{Shape: "none"}},
		"disc past an end": {4, 150, disc(240, 135, 160), quality.Field{Shape: "disc", X: 240, Y: 135, Size: 270}},
	} {
		got := quality.FindField(scene(480, 270, tt.dark, tt.lit, tt.inside), 480, 270)
		near := math.Abs(got.X-tt.want.X) <= 3 && math.Abs(got.Y-tt.want.Y) <= 3 && math.Abs(got.Size-tt.want.Size) <= 6
		if got.Shape != tt.want.Shape || !near {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, size := range [][2]int{{0, 0}, {1, 1}, {2, 2}, {100, 100}} {
		quality.FindField(make([]byte, 3), size[0], size[1])
		quality.FindField(make([]byte, size[0]*size[1]), size[0], size[1])
	}
}

func TestSpansStayInsideThePicture(t *testing.T) {
	for name, f := range map[string]quality.Field{
		"disc":        {Shape: quality.ShapeDisc, X: 50, Y: 40, Size: 60},
		"square":      {Shape: quality.ShapeSquare, X: 50, Y: 40, Size: 60},
		"none":        {Shape: quality.ShapeNone},
		"over an end": {Shape: quality.ShapeDisc, X: 5, Y: 75, Size: 60},
		"far outside": {Shape: quality.ShapeDisc, X: 500, Y: 500, Size: 60},
		"huge":        {Shape: quality.ShapeSquare, X: 50, Y: 40, Size: 1e9},
	} {
		n := 0
		for _, s := range quality.Spans(f, 1, 100, 80) {
			if s.Row < 0 || s.Row >= 80 || s.From < 0 || s.To > 100 || s.To <= s.From {
				t.Fatalf("%s: %+v", name, s)
			}
			n += s.To - s.From
		}
		want := map[string]float64{"disc": math.Pi * 900, "square": 3600, "none": 8000, "huge": 8000}[name]
		if want > 0 && math.Abs(float64(n)-want) > want/20 {
			t.Errorf("%s covers %d pixels, not %.0f", name, n, want)
		}
	}
}
