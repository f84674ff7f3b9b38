package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/text"
	"dermbox/inference/evaluate"
)

// writeEvaluation writes the curves, what was said of each picture, and last the report, each whole or not at all.
func (t *tool) writeEvaluation(dir string, r evaluate.Report) error {
	if dir == "" {
		return nil
	}
	raw, err := indented(r)
	if err != nil {
		return err
	}
	var pictures bytes.Buffer
	w := csv.NewWriter(&pictures)
	if err := w.WriteAll(r.Pictures()); err != nil {
		return err
	}
	files := append(r.Charts(), evaluate.Chart{Name: "pictures.csv", SVG: pictures.Bytes()}, evaluate.Chart{Name: "evaluation.json", SVG: raw})
	for _, f := range files {
		if err := durable.WriteFile(filepath.Join(dir, f.Name), f.SVG, 0o644); err != nil {
			return unwritten(filepath.Join(dir, f.Name), err)
		}
	}
	return nil
}

// sayTrial prints the report.
func (t *tool) sayTrial(r evaluate.Report, out string) {
	m := r.Model
	t.say("ctl.evaluate.head", "id", m.ID, "version", fmt.Sprint(m.Version), "status", text.T("model.status."+string(m.Status), nil), "digest", m.Digest)
	t.say("ctl.evaluate.set", "n", fmt.Sprint(r.Set.Judged), "rows", fmt.Sprint(r.Set.Rows), "split", orDash(r.Set.Split), "optics", string(r.Optics), "engine", m.Engine)
	t.say("ctl.evaluate.intervals", "resamples", fmt.Sprint(r.Bootstrap.Resamples), "seed", fmt.Sprint(r.Bootstrap.Seed))
	t.sayLabels(r)
	t.sayFlagged(r)
	t.sayConfusion(r)
	t.sayCalibration(r)
	t.sayRoutes(r)
	for _, g := range r.Groups {
		t.sayGroup(g)
	}
	t.sayLeftOut(r)
	ms := func(v float64) string { return fmt.Sprintf("%.1f", v) }
	fmt.Fprintln(t.out)
	t.say("ctl.evaluate.timing", "mean", ms(r.Timing.MeanMS), "typical", ms(r.Timing.P50MS), "slow", ms(r.Timing.P95MS), "n", fmt.Sprint(r.Timing.N), "workers", fmt.Sprint(r.Timing.Workers))
	if out != "" {
		t.say("ctl.evaluate.written", "path", out)
	}
	if r.Notice != "" {
		t.say("ctl.evaluate.notice", "notice", r.Notice)
	}
}

// title begins a part of the report.
func (t *tool) title(key string, pairs ...string) {
	fmt.Fprintln(t.out)
	t.say("ctl.evaluate.title."+key, pairs...)
}

func labelRows(labels []evaluate.Label) [][]string {
	rows := [][]string{headings("label", "class", "threshold", "auc", "sensitivity", "specificity")}
	for _, l := range labels {
		rows = append(rows, []string{l.Label, orDash(string(l.Class)), fmt.Sprintf("%.3f", l.Threshold), l.AUC.String(), l.Sensitivity.String(), l.Specificity.String()})
	}
	return rows
}

func (t *tool) sayLabels(r evaluate.Report) {
	t.title("labels")
	t.table(labelRows(r.Labels))
	var there []string
	for _, l := range r.Labels {
		if r.Set.Truth[l.Label] > 0 {
			there = append(there, l.Label)
		}
	}
	if len(there) == 1 {
		t.say("ctl.evaluate.one_label", "label", there[0])
	}
}

func (t *tool) sayFlagged(r evaluate.Report) {
	t.title("flagged")
	f := r.Flagged
	t.say("ctl.evaluate.flagged", "sensitivity", f.Sensitivity.String(), "specificity", f.Specificity.String(), "benign", f.CalledBenign.String())
	t.title("cannot_judge")
	u := r.CannotJudge
	rows := [][]string{headings("truth", "empty_set", "unlike")}
	line := func(name string, empty evaluate.Rate, unlike *evaluate.Rate) {
		cell := "-"
		if unlike != nil {
			cell = unlike.String()
		}
		rows = append(rows, []string{name, empty.String(), cell})
	}
	line(text.T("ctl.evaluate.all", nil), u.All, u.Unlike)
	for _, l := range r.Labels {
		var unlike *evaluate.Rate
		if rate, ok := u.Truths[l.Label]; ok {
			unlike = &rate
		}
		line(l.Label, u.ByTruth[l.Label], unlike)
	}
	t.table(rows)
}

func (t *tool) sayConfusion(r evaluate.Report) {
	seen := map[string]bool{}
	for _, row := range r.Confusion {
		for class := range row {
			seen[class] = true
		}
	}
	classes := slices.Sorted(maps.Keys(seen))
	head := headings("truth", "n")
	for _, class := range classes {
		if class == evaluate.CannotJudge {
			class = text.T("ctl.evaluate.cannot_judge", nil)
		}
		head = append(head, class)
	}
	rows := [][]string{head}
	for _, l := range r.Labels {
		row := []string{l.Label, fmt.Sprint(r.Set.Truth[l.Label])}
		for _, class := range classes {
			row = append(row, fmt.Sprint(r.Confusion[l.Label][class]))
		}
		rows = append(rows, row)
	}
	t.title("confusion")
	t.table(rows)
}

func (t *tool) sayCalibration(r evaluate.Report) {
	c := r.Calibration
	t.title("calibration")
	t.say("ctl.evaluate.calibration", "nll", c.NLL.String(), "ece", c.Top.ECE.String(), "n", fmt.Sprint(c.NLL.N))
	rows := [][]string{headings("said", "mean", "came_true")}
	for _, b := range c.Top.Bins {
		if b.Mean != nil {
			rows = append(rows, []string{fmt.Sprintf("%.1f - %.1f", b.From, b.To), fmt.Sprintf("%.3f", *b.Mean), b.Observed.String()})
		}
	}
	t.table(rows)
	for _, l := range c.Labels {
		t.say("ctl.evaluate.label_ece", "label", l.Label, "ece", l.ECE.String(), "n", fmt.Sprint(l.ECE.N))
	}
}

func (t *tool) sayRoutes(r evaluate.Report) {
	t.title("routes", "rules", r.Rules.Version, "from", text.T("ctl.evaluate.rules."+r.Rules.From, nil))
	order := []appliance.Route{appliance.UrgentReview, appliance.DermReview, appliance.DermReviewNoAI, appliance.SecondRead}
	head := headings("pathway", "truth", "n")
	for _, route := range order {
		head = append(head, string(route))
	}
	rows := [][]string{append(head, text.T("ctl.column.rules_hit", nil))}
	cells := func(first, truth string, n int, counts map[appliance.Route]int, hits string) {
		row := []string{first, truth, fmt.Sprint(n)}
		for _, route := range order {
			row = append(row, fmt.Sprint(counts[route]))
		}
		rows = append(rows, append(row, hits))
	}
	for _, p := range r.Routes {
		var hits []string
		for _, rule := range slices.Sorted(maps.Keys(p.Hits)) {
			hits = append(hits, fmt.Sprintf("%s %d", rule, p.Hits[rule]))
		}
		cells(string(p.Pathway), text.T("ctl.evaluate.all", nil), p.N, p.Routes, orDash(strings.Join(hits, ", ")))
		for _, l := range r.Labels {
			if n := r.Set.Truth[l.Label]; n > 0 {
				cells("", l.Label, n, p.ByTruth[l.Label], "")
			}
		}
	}
	t.table(rows)
}

// sayGroup leaves out the labels that no picture of the part is of: there is nothing to say of them but what the other lines say.
func (t *tool) sayGroup(g evaluate.Group) {
	t.title("group", "by", text.T("ctl.evaluate.by."+g.By, nil))
	rows := [][]string{append(headings("value", "n", "flagged_sensitivity", "flagged_specificity", "empty_set", "label"), headings("auc", "sensitivity", "specificity")...)}
	for _, p := range g.Parts {
		value := p.Value
		if value == evaluate.Unknown {
			value = text.T("ctl.evaluate.unknown", nil)
		}
		if p.Withheld != "" {
			rows = append(rows, []string{value, fmt.Sprint(p.N), sentence("ctl.evaluate.too_few", "least", fmt.Sprint(evaluate.MinGroup))})
			continue
		}
		head := []string{value, fmt.Sprint(p.N), p.Flagged.Sensitivity.String(), p.Flagged.Specificity.String(), p.CannotJudge.String()}
		for _, l := range p.Labels {
			if l.AUC.N == 0 {
				continue
			}
			rows = append(rows, append(head, l.Label, shortly(l.AUC), l.Sensitivity.String(), l.Specificity.String()))
			head = []string{"", "", "", "", ""}
		}
	}
	t.table(rows)
	t.say("ctl.evaluate.short", "least", fmt.Sprint(evaluate.MinEach))
}

// shortly is an AUC in a narrow column: "-" for one that is not given.
func shortly(e evaluate.Estimate) string {
	if e.Value == nil {
		return "-"
	}
	return e.String()
}

// mostShown is how many rows that are left out are printed; all of them stand in the JSON.
const mostShown = 20

func (t *tool) sayLeftOut(r evaluate.Report) {
	for _, part := range []struct {
		title string
		list  []evaluate.LeftOut
	}{{"left_out", r.Set.LeftOut}, {"blanked", r.Set.Blanked}} {
		if len(part.list) == 0 {
			continue
		}
		t.title(part.title, "n", fmt.Sprint(len(part.list)))
		for _, o := range part.list[:min(mostShown, len(part.list))] {
			fmt.Fprintln(t.out, "  "+o.Sentence)
		}
		if more := len(part.list) - mostShown; more > 0 {
			t.say("ctl.evaluate.more", "n", fmt.Sprint(more))
		}
	}
}
