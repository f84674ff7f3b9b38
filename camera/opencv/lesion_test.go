//go:build opencv

package opencv_test

import (
	"testing"

	"dermbox/appliance"
	"dermbox/camera/opencv"
	"dermbox/camera/scope"
)

// The mask of a drawing covers a patch in the field's middle part and nothing at its edge.
func TestLesionOfDrawings(t *testing.T) {
	c := startJudge(t)
	for i, kind := range scope.Lesions() {
		for _, tone := range []int{1, 3, 6} {
			s := scope.Subject{Kind: kind, Tone: tone, Seed: 40 + int64(i), Hair: tone == 3, Ruler: tone == 6}
			still, err := scope.Photograph(opencv.Encoder{}, s, scope.FaultNone)
			if err != nil {
				t.Fatal(err)
			}
			m, mask, err := c.Lesion(t.Context(), still)
			if err != nil {
				t.Fatal(err)
			}
			if w := int(1920*m.Scale + 0.5); m.Width != w || m.Height < 256 || m.Height > 280 {
				t.Fatalf("%+v: %+v", s, m)
			}
			area, edge := 0, 0
			for j, v := range mask {
				x, y := j%m.Width-m.Width/2, j/m.Width-m.Height/2
				switch {
				case v == 0:
				case x*x+y*y > 110*110:
					edge++
				default:
					area++
				}
			}
			if area < 1000 || area > 30000 || edge > 0 {
				t.Errorf("%+v: %d pixels, %d at the edge", s, area, edge)
			}
		}
	}
}

func TestLesionRefusesDamage(t *testing.T) {
	if _, _, err := startJudge(t).Lesion(t.Context(), []byte("no picture")); appliance.CodeOf(err) != appliance.Invalid {
		t.Fatal(err)
	}
}
