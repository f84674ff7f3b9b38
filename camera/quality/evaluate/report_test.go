package evaluate_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"dermbox/camera/quality/degrade"
	"dermbox/camera/quality/evaluate"
)

// The intervals are those of Wilson's formula as published tables have them.
func TestWilson(t *testing.T) {
	for _, tt := range []struct {
		k, n   int
		lo, hi float64
	}{{0, 0, 0, 1}, {0, 10, 0, 0.2775}, {10, 10, 0.7225, 1}, {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {1, 29, 0.0061, 0.1718}} {
		lo, hi := evaluate.Share{K: tt.k, N: tt.n}.Interval()
		if math.Abs(lo-tt.lo) > 0.0001 || math.Abs(hi-tt.hi) > 0.0001 {
			t.Errorf("%d of %d: %.4f to %.4f, not %.4f to %.4f", tt.k, tt.n, lo, hi, tt.lo, tt.hi)
		}
	}
	if got := (evaluate.Share{K: 9, N: 10}).String(); got != "90.0 (59.6 to 98.2)" {
		t.Error(got)
	}
}

// outcomes are two photographs and one that is excluded, under two strong faults and one medium.
func outcomes() (list []evaluate.Outcome) {
	add := func(source string, excluded bool, task evaluate.Task, passed, said bool, first string, value float64) {
		list = append(list, evaluate.Outcome{Task: task, Source: source, Group: evaluate.Photographs, Excluded: excluded, Passed: passed, Said: said,
			Named: said, First: first, Values: map[string]float64{"focus": value}})
	}
	blur := evaluate.Task{Kind: degrade.Blur, Step: evaluate.Strong, Amount: 3}
	warm := evaluate.Task{Kind: degrade.Cast, Direction: "warm", Step: evaluate.Strong, Amount: 20}
	cool := evaluate.Task{Kind: degrade.Cast, Direction: "cool", Step: evaluate.Strong, Amount: 20}
	for i, name := range []string{"a", "b", "x"} {
		add(name, name == "x", evaluate.Task{Kind: degrade.Original}, name != "x", false, map[bool]string{true: "focus.low"}[name == "x"], float64(i+1))
		add(name, name == "x", blur, false, name == "a", map[bool]string{true: "focus.low", false: "glare.high"}[name == "a"], 2)
		add(name, name == "x", warm, true, false, "", 2)
		add(name, name == "x", cool, false, true, "cast.high", 2)
	}
	return append(list, evaluate.Outcome{Task: blur, Source: "c", Group: evaluate.Photographs, Skipped: "no lesion"})
}

func TestReport(t *testing.T) {
	var r evaluate.Report
	r.Add("p/1", outcomes())
	if len(r.Groups) != 2 || r.Groups[0].Listed || !r.Groups[1].Listed || r.Schema == "" {
		t.Fatalf("%+v", r.Groups)
	}
	good, all := r.Groups[0], r.Groups[1]
	if good.N != 2 || good.Aims.Good != (evaluate.Share{K: 2, N: 2}) || all.Aims.Good != (evaluate.Share{K: 2, N: 3}) || good.Profile != "p/1" {
		t.Errorf("good %+v, all %+v", good.Aims, all.Aims)
	}
	if want := (0.5 + 0.5) / 2; good.Aims.Strong != want || good.Aims.Medium != 0 {
		t.Errorf("blur half and casts half give %v", good.Aims)
	}
	line := good.Lines[1]
	if line.Kind != degrade.Blur || line.Skipped != 1 || line.Refused() != (evaluate.Share{K: 2, N: 2}) || line.Right != (evaluate.Share{K: 1, N: 2}) {
		t.Errorf("%+v", line)
	}
	if wrong := line.Wrong(); len(wrong) != 1 || wrong[0] != (evaluate.Wrong{Reason: "glare.high", N: 1}) {
		t.Errorf("%+v", wrong)
	}
	if m := good.Lines[0].Medians["focus"]; m != 1.5 {
		t.Errorf("median of 1 and 2 is %v", m)
	}
}

// Each chart is XML with a title, a description and every line named in words.
func TestCurve(t *testing.T) {
	var r evaluate.Report
	r.Add("p/1", outcomes())
	for _, kind := range degrade.Kinds() {
		var svg strings.Builder
		if err := r.Curve(&svg, kind, evaluate.Words{Title: "Title & more", Axis: "Refused", Unit: "pixels", Group: map[string]string{evaluate.Photographs: "of people"}}); err != nil {
			t.Fatal(err)
		}
		words := []string{"<title", "Title &amp; more", "<desc", `role="img"`}
		if kind == degrade.Blur {
			words = append(words, "of people: strong 3 50 %.", ">of people<")
		}
		if kind == degrade.Cast {
			words = append(words, ">of people, warm<", ">of people, magenta<", "stroke-dasharray")
		}
		for _, w := range words {
			if !strings.Contains(svg.String(), w) {
				t.Errorf("%s: nothing of %q", kind, w)
			}
		}
		for d := xml.NewDecoder(strings.NewReader(svg.String())); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
		}
	}
}
