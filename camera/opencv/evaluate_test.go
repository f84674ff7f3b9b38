//go:build opencv

package opencv_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"dermbox/camera/opencv"
	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
	"dermbox/camera/quality/evaluate"
)

// inProcess is the judge without its worker.
type inProcess struct{}

func (inProcess) Metrics(_ context.Context, jpeg []byte, part quality.Part) (quality.Metrics, error) {
	return opencv.Measure(jpeg, part)
}

func (inProcess) Lesion(_ context.Context, jpeg []byte) (quality.Mask, []byte, error) {
	return opencv.Lesion(jpeg)
}

// The smaller evaluation: the first so many photographs of the validation set where they lie beside the checkout, and so many drawings of
// each group. `make proof` runs all.
const (
	firstPhotographs = 40
	eachDrawings     = 3
)

// What the shares may not fall below without somebody noticing: what was measured on all of val (0.89, 0.81, 0.91; docs/quality.md) less two
// standard errors of so few pictures. They are not the aims, two of which are missed: the records stand beside those.
const goodFloor, mediumFloor, strongFloor = 0.79, 0.71, 0.81

// BenchmarkRecordQualityShares runs the smaller evaluation once, whatever the bench time, and fails when a share is clearly below what it was.
func BenchmarkRecordQualityShares(b *testing.B) {
	var report evaluate.Report
	photographs := firstOfVal(b)
	for _, part := range []struct {
		profile string
		sources []evaluate.Source
	}{{"public-256", photographs}, {"scope-1080", evaluate.Drawings(eachDrawings)}} {
		if len(part.sources) > 0 {
			report.Add(part.profile, all(b, part.profile, part.sources))
		}
	}
	for b.Loop() { // the shares do not depend on how often they are counted
	}
	var aims evaluate.Aims
	for _, g := range report.Groups {
		b.Logf("%s, the list's among them: %v: good %s, medium %.3f, strong %.3f", g.Name, g.Listed, g.Aims.Good, g.Aims.Medium, g.Aims.Strong)
		if g.Listed {
			continue
		}
		for _, l := range g.Lines { // those that are worth a look
			if l.Step == "" && l.Passed.Value() > goodFloor || l.Step != "" && l.Right.Value() > strongFloor {
				continue
			}
			b.Logf("  %s %s %s: refused %s, right %s, instead %v", l.Kind, l.Direction, l.Step, l.Refused(), l.Right, l.Wrong())
		}
		if g.Aims.Good.Value() < goodFloor || g.Aims.Medium < mediumFloor || g.Aims.Strong < strongFloor {
			b.Errorf("%s: good %s, medium %.3f, strong %.3f; the floors are %v, %v, %v", g.Name, g.Aims.Good, g.Aims.Medium, g.Aims.Strong,
				goodFloor, mediumFloor, strongFloor)
		}
		if aims.Good.N == 0 { // photographs, where there are any
			aims = g.Aims
		}
	}
	b.ReportMetric(aims.Good.Value(), "quality.good_passed:share")
	b.ReportMetric(0.95, "quality.good_passed:share:aim")
	b.ReportMetric(aims.Medium, "quality.medium_refused:share")
	b.ReportMetric(0.80, "quality.medium_refused:share:aim")
	b.ReportMetric(aims.Strong, "quality.strong_refused:share")
	b.ReportMetric(0.95, "quality.strong_refused:share:aim")
}

// all judges every source as it is and under the medium and strong faults.
func all(tb testing.TB, profile string, sources []evaluate.Source) []evaluate.Outcome {
	tb.Helper()
	p, ok := quality.Shipped(profile)
	if !ok {
		tb.Fatalf("no profile %s", profile)
	}
	run := evaluate.Run{Gate: inProcess{}, Profile: p, Tasks: evaluate.Tasks(evaluate.Medium, evaluate.Strong), Workers: runtime.GOMAXPROCS(0)}
	outcomes, err := run.All(tb.Context(), sources)
	if err != nil {
		tb.Fatal(err)
	}
	return outcomes
}

// firstOfVal gives the first photographs of the validation set that are not on the list, or none where the set is not there.
func firstOfVal(tb testing.TB) (list []evaluate.Source) {
	tb.Helper()
	names, err := filepath.Glob("../../../shared/data/isic2017/val/*.jpg")
	if err != nil || len(names) == 0 {
		tb.Log("../shared/data/isic2017/val is not beside the checkout: drawings alone")
		return nil
	}
	excluded, err := os.ReadFile("../../docs/quality/isic2017-val-exclusions.csv")
	if err != nil {
		tb.Fatal(err)
	}
	slices.Sort(names)
	for _, name := range names {
		if s := evaluate.Photograph(filepath.Base(name), false, func() ([]byte, error) { return os.ReadFile(name) }); !contains(excluded, s.Name) {
			list = append(list, s)
		}
	}
	return list[:min(firstPhotographs, len(list))]
}

func contains(list []byte, name string) bool { return slices.Contains(firstColumn(list), name) }

// firstColumn gives the first column of a CSV.
func firstColumn(list []byte) (first []string) {
	for line := range strings.Lines(string(list)) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), ",")
		first = append(first, name)
	}
	return first
}

// A drawing on either skin, as it is and under each strong fault, is spoilt and measured to the end: what the shares are is the bench's.
func TestEvaluateDrawings(t *testing.T) {
	p, _ := quality.Shipped("scope-1080")
	var tasks []evaluate.Task
	for _, task := range evaluate.Tasks(evaluate.Strong) {
		switch {
		case raceDetector && task.Kind != degrade.Original && task.Kind != degrade.Under: // the others have nothing of their own that runs at once
		case task.Direction == "" || task.Direction == "cool": // a warm cast so strong is beyond dark skin
			tasks = append(tasks, task)
		}
	}
	outcomes, err := evaluate.Run{Gate: inProcess{}, Profile: p, Tasks: tasks, Workers: 2}.All(t.Context(), evaluate.Drawings(1))
	if err != nil || len(outcomes) != 2*len(tasks) {
		t.Fatalf("%d of %d, %v", len(outcomes), 2*len(tasks), err)
	}
	for _, o := range outcomes {
		if o.Skipped != "" || o.Kind == degrade.Original && !o.Passed || o.Kind == degrade.Under && o.Passed {
			t.Errorf("%s under %s: %+v", o.Source, o.Kind, o)
		}
	}
}
