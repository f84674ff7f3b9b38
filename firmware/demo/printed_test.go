package demo_test

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dermbox/appliance"
	"dermbox/firmware/demo"
)

// printed is what a run printed, by step: the last lines of each.
type printed map[string][]string

var stepLine = regexp.MustCompile(`^ ?\d+  ([a-z-]+) +(.*)$`)

func readPrinted(out string) printed {
	p, step := printed{}, ""
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		if m := stepLine.FindStringSubmatch(line); m != nil {
			step = m[1]
			p[step] = []string{m[2]}
		} else if step != "" && strings.HasPrefix(line, strings.Repeat(" ", 17)) {
			p[step] = append(p[step], strings.TrimSpace(line))
		} else {
			step = ""
		}
	}
	return p
}

// has fails unless the step's lines hold the words.
func (p printed) has(t *testing.T, step string, words ...string) {
	t.Helper()
	all := strings.Join(p[step], "\n")
	for _, w := range words {
		if w == "" || !strings.Contains(all, w) {
			t.Errorf("step %s does not print %q of the record: %s", step, w, all)
		}
	}
}

// figures gives the numbers of the step's line that begins with a name, in order.
func (p printed) figures(t *testing.T, step, name string) []float64 {
	t.Helper()
	for _, line := range p[step] {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != name {
			continue
		}
		var numbers []float64
		for _, f := range fields[1:] {
			if n, err := strconv.ParseFloat(strings.TrimSuffix(f, ","), 64); err == nil {
				numbers = append(numbers, n)
			}
		}
		return numbers
	}
	t.Errorf("step %s has no line %s: %s", step, name, strings.Join(p[step], "\n"))
	return nil
}

// agrees holds every figure that was printed of a received case against the record of box and hub, step by step.
func (p printed) agrees(t *testing.T, trace demo.Trace) {
	t.Helper()
	c, f, b := trace.Captures[len(trace.Captures)-1], trace.Findings[0], trace.Batches[len(trace.Batches)-1]
	var o demo.Opened
	for _, opening := range trace.Openings {
		if opening.ID == c.Opening {
			o = opening.Opened
		}
	}
	p.has(t, "camera", o.Backend, o.URL, fmt.Sprintf("read back %s", o.ReadBack), fmt.Sprintf("measured %.1f/s", o.MeasuredFPS), o.Camera.Serial)
	if c.Reference == nil {
		t.Error("the still was taken under no calibration")
	} else {
		p.has(t, "camera", "scale "+millimetres(c.Reference))
	}
	p.has(t, "frame", fmt.Sprintf("number %d,", c.Seq), c.Exposed.Wall.UTC().Format("15:04:05.000"), fmt.Sprintf("%dx%d", c.Width, c.Height),
		fmt.Sprintf("%.1f ms after", float64(c.Exposed.Mono-c.Pressed.Mono)/1e6), c.SHA256)
	p.has(t, "quality", c.Quality.Profile)
	for _, m := range c.Quality.Measures {
		want := []float64{m.Value}
		for _, limit := range []*float64{m.Min, m.Max} {
			if limit != nil {
				want = append(want, *limit)
			}
		}
		same(t, "quality "+m.Name, p.figures(t, "quality", m.Name), want...)
	}
	p.has(t, "eligibility", f.RulesVersion, fmt.Sprintf("%d rules applied", len(f.Hits)))
	for _, hit := range f.Hits {
		p.has(t, "eligibility", hit.Rule)
	}
	p.has(t, "finding", string(f.Route))
	if f.Status == appliance.Assessed {
		p.has(t, "finding", f.Model.ID+" "+f.Model.Version, f.Model.Digest, f.Model.Engine)
	}
	for _, class := range f.Classes {
		same(t, "class "+class.Label, p.figures(t, "finding", class.Label), class.Probability, class.Threshold)
	}
	if f.Status == appliance.Assessed { // else the run ended at the finding
		if c.SavedMS == nil {
			t.Fatal("the record does not say how long saving took")
		}
		same(t, "saved", firstFigure(strings.Join(p["saved"], " ")), *c.SavedMS)
	}
	p.has(t, "batch", fmt.Sprintf("number %d offered, %d of %d parts", b.Number, b.PartsSent, b.PartsTotal), b.Outcome, b.Digest)
	plain := strings.ReplaceAll(strings.Join(p["batch"], " "), ",", "")
	if bytes := fmt.Sprintf("%d of %d bytes", b.BytesSent, b.BytesTotal); !strings.Contains(plain, bytes) {
		t.Errorf("step batch does not print %q of the record: %s", bytes, plain)
	}
	p.has(t, "receipt", trace.Receipt.KeyID, trace.Receipt.Hub, b.Digest)
	p.has(t, "reconcile", fmt.Sprintf("%d images", len(trace.Captures)), c.SHA256)
}

// millimetres gives a calibration's scale as it is printed.
func millimetres(r *appliance.Reference) string {
	return strconv.FormatFloat(r.MMPerPX, 'g', 5, 64) + " mm/px"
}

func firstFigure(line string) []float64 {
	first, _, _ := strings.Cut(line, " ")
	n, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return nil
	}
	return []float64{n}
}

// same compares figures as far as they are printed: to four places after the point, or five digits.
func same(t *testing.T, what string, got []float64, want ...float64) {
	t.Helper()
	equal := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= max(1e-4, 1e-4*math.Abs(b)) })
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("%s: the record and what was printed differ (-record +printed):\n%s", what, diff)
	}
}

// differ fails unless the lines of a step were printed otherwise of two cases.
func differ(t *testing.T, step string, a, b printed) {
	t.Helper()
	if cmp.Equal(a[step], b[step]) {
		t.Errorf("step %s was printed alike of two cases that differ: %q", step, a[step])
	}
}
