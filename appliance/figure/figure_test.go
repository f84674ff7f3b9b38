package figure_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"dermbox/appliance/figure"
)

// scipy.stats.binomtest(k, n).proportion_ci(method="wilson"), SciPy 1.17.1
func TestWilsonAgreesWithSciPy(t *testing.T) {
	for _, tt := range []struct {
		k, n      int
		low, high float64
	}{{29, 60, 0.36175049539732795, 0.6069218996740751}, {60, 60, 0.9398281478579101, 1}, {26, 30, 0.7031867331796371, 0.9469034451594525}, {0, 0, 0, 1}} {
		low, high := figure.Share{K: tt.k, N: tt.n}.Interval()
		if math.Abs(low-tt.low) > 1e-7 || math.Abs(high-tt.high) > 1e-7 {
			t.Errorf("%d of %d: %v to %v", tt.k, tt.n, low, high)
		}
	}
	var s figure.Share
	s.Add(true)
	s.Add(false)
	if s.Value() != 0.5 || (figure.Share{}).Value() != 0 || (figure.Share{}).String() != "-" || !strings.HasPrefix(s.String(), "50.0 (9.5 to 90.5)") {
		t.Error(s)
	}
}

func TestCanvas(t *testing.T) {
	c := figure.NewCanvas(100, 50, "a < b", `said & "heard"`)
	c.Text(1, 2, "start", "", "x > y")
	for i := range 7 {
		look := figure.LookOf(i)
		c.Line([]figure.XY{{X: 0, Y: 0}, {X: 1, Y: 2.25}}, look)
		c.Mark(figure.XY{X: 1, Y: 2}, look)
		c.Key(figure.XY{X: 3, Y: 4}, look, "line")
	}
	svg := string(c.SVG())
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []string{`role="img"`, "<title id=\"t\">a &lt; b</title>", "said &amp; ", "x &gt; y", `d="M0.0 0.0L1.0 2.2"`} {
		if !strings.Contains(svg, part) {
			t.Errorf("no %s in %s", part, svg)
		}
	}
	seen := map[figure.Look]bool{}
	for i := range 6 {
		seen[figure.LookOf(i)] = true
	}
	if len(seen) != 6 || figure.LookOf(6) != figure.LookOf(0) {
		t.Error("two lines look the same, or the seventh does not begin again")
	}
}
