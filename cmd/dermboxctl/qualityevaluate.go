package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/text"
	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
	"dermbox/camera/quality/evaluate"
)

// evaluation is what "quality evaluate" was asked for.
type evaluation struct {
	flags    profileFlags
	drawn    string // profile of the drawings
	exclude  string
	out      string
	write    string
	limit    int
	subjects bool
}

// drawings is how many drawings of each group --subjects takes: two of each kind of lesion, one on either skin type.
const drawings = 6

func (t *tool) qualityEvaluateCommand() *cobra.Command {
	var e evaluation
	cmd := t.reading("evaluate [DIR]", "quality.evaluate", cobra.MaximumNArgs(1), func(cmd *cobra.Command, args []string) error {
		dir := ""
		if len(args) == 1 {
			dir = args[0]
		}
		report, err := t.evaluate(cmd.Context(), e, dir)
		if err != nil {
			return err
		}
		if err := t.writeReport(e.out, report); err != nil {
			return err
		}
		return t.show(report, func() { t.sayEvaluation(report) })
	})
	e.flags.add(cmd)
	cmd.Flags().StringVar(&e.drawn, "subjects-profile", "scope-1080", text.T("ctl.flag.subjects_profile", nil))
	cmd.Flags().StringVar(&e.exclude, "exclude", "", text.T("ctl.flag.exclude", nil))
	cmd.Flags().StringVar(&e.out, "out", "", text.T("ctl.flag.evaluate_out", nil))
	cmd.Flags().StringVar(&e.write, "write", "", text.T("ctl.flag.write", nil))
	cmd.Flags().IntVar(&e.limit, "limit", 0, text.T("ctl.flag.pictures", nil))
	cmd.Flags().BoolVar(&e.subjects, "subjects", false, text.T("ctl.flag.subjects", nil))
	return cmd
}

// evaluate spoils the pictures of a folder, the drawings, or both, and counts what the gate says.
func (t *tool) evaluate(ctx context.Context, e evaluation, dir string) (evaluate.Report, error) {
	var photographs, drawn []evaluate.Source
	err := e.check()
	if err != nil {
		return evaluate.Report{}, err
	}
	if dir != "" {
		if photographs, err = t.photographs(dir, e.exclude, e.limit); err != nil {
			return evaluate.Report{}, err
		}
	}
	if e.subjects {
		drawn = evaluate.Drawings(drawings)
	}
	if len(photographs)+len(drawn) == 0 {
		return evaluate.Report{}, appliance.E(appliance.Invalid, "ctl.quality.nothing", nil)
	}
	var report evaluate.Report
	err = t.withJudge(ctx, func(ctx context.Context, judge *quality.Client) error {
		for _, part := range []struct {
			sources []evaluate.Source
			profile string
			steps   []evaluate.Step
		}{{photographs, e.flags.name, evaluate.Steps()}, {drawn, e.drawn, []evaluate.Step{evaluate.Mild, evaluate.Medium, evaluate.Strong}}} {
			if len(part.sources) == 0 {
				continue
			}
			p, err := t.profile(ctx, e.flags, part.profile)
			if err != nil {
				return err
			}
			run := evaluate.Run{Gate: judge, Profile: p, Tasks: evaluate.Tasks(part.steps...), Workers: runtime.GOMAXPROCS(0), Progress: t.progress(),
				Bad: func(s evaluate.Source, err error) error { t.unread(s.Name, err); return nil }}
			if e.write != "" {
				run.Keep = keeper(e.write)
			}
			outcomes, err := run.All(ctx, part.sources)
			if err != nil {
				return err
			}
			report.Add(p.Ref(), outcomes)
		}
		return nil
	})
	if err == nil && len(report.Groups) == 0 {
		err = appliance.E(appliance.Invalid, "ctl.quality.none_read", nil)
	}
	return report, err
}

// check refuses before the work what would fail at its end.
func (e evaluation) check() error {
	if e.limit < 0 {
		return appliance.FieldError("--limit", "ctl.quality.bad_limit", "value", fmt.Sprint(e.limit))
	}
	for _, dir := range []string{e.out, e.write} {
		if dir == "" {
			continue
		}
		if err := durable.MkdirAll(dir, 0o755); err != nil {
			return appliance.E(appliance.Unavailable, "ctl.quality.unwritten", err, "path", dir)
		}
	}
	return nil
}

// photographs are the folder's pictures as sources, those of the exclusion list marked.
func (t *tool) photographs(dir, exclude string, limit int) ([]evaluate.Source, error) {
	files, err := pictures(dir)
	if err != nil {
		return nil, err
	}
	excluded, err := t.exclusions(exclude)
	if err != nil {
		return nil, err
	}
	if limit > 0 && limit < len(files) {
		files = files[:limit]
	}
	list := make([]evaluate.Source, 0, len(files))
	for _, name := range files {
		list = append(list, evaluate.Photograph(name, excluded[name] || excluded[filepath.Base(name)], func() ([]byte, error) {
			return t.readPicture(dir, name)
		}))
	}
	return list, nil
}

// maxList is the largest exclusion list, in bytes.
const maxList = 1 << 20

// exclusions reads the list of pictures that are not good: a CSV whose first column is the file and whose heading begins with "image".
func (t *tool) exclusions(path string) (map[string]bool, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := t.readFile(path, maxList)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.FieldsPerRecord = -1
	list := map[string]bool{}
	for first := true; ; first = false {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil, first && row[0] != "image":
			return nil, appliance.E(appliance.Invalid, "ctl.quality.bad_list", err, "path", path)
		case !first:
			list[row[0]] = true
		}
	}
}

// keeper writes medium and strong faults where "quality fit" finds them: good/NAME, bad/KIND/STEP/DIRECTION-NAME.
func keeper(dir string) func(evaluate.Outcome, []byte) error {
	return func(o evaluate.Outcome, raw []byte) error {
		name := filepath.FromSlash(o.Source)
		if filepath.Ext(name) == "" {
			name += ".jpg"
		}
		switch {
		case o.Excluded:
			return nil
		case o.Kind == degrade.Original:
			return writeOut(dir, filepath.Join("good", name), raw)
		case o.Step != evaluate.Medium && o.Step != evaluate.Strong:
			return nil
		}
		return writeOut(dir, filepath.Join("bad", string(o.Kind), string(o.Step), o.Direction, name), raw)
	}
}

// writeReport writes the figures and the curves into the folder of --out.
func (t *tool) writeReport(dir string, r evaluate.Report) error {
	if dir == "" {
		return nil
	}
	raw, err := indented(r)
	if err != nil {
		return err
	}
	if err := writeOut(dir, "quality.json", raw); err != nil {
		return err
	}
	for _, kind := range degrade.Kinds() {
		row, _ := evaluate.Strength(kind)
		if len(row.Amounts) < 2 {
			continue
		}
		var svg bytes.Buffer
		if err := r.Curve(&svg, kind, words(kind, row.Unit)); err != nil {
			return err
		}
		if err := writeOut(dir, string(kind)+".svg", svg.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// words are a chart's, from the catalogue.
func words(kind degrade.Kind, unit string) evaluate.Words {
	w := evaluate.Words{Title: text.T("ctl.quality.kind."+string(kind), nil), Axis: text.T("ctl.quality.curve", nil),
		Unit: text.T("ctl.quality.unit."+unit, nil), Group: map[string]string{}}
	for _, group := range []string{evaluate.Photographs, evaluate.Light, evaluate.Dark} {
		w.Group[group] = text.T("ctl.quality.line."+group, nil)
	}
	return w
}

// sayEvaluation prints one table for each group.
func (t *tool) sayEvaluation(r evaluate.Report) {
	for i, g := range r.Groups {
		if i > 0 {
			fmt.Fprintln(t.out)
		}
		t.say("ctl.quality.group."+groupKey(g), "n", fmt.Sprint(g.N), "profile", g.Profile)
		t.say("ctl.quality.aims", "good", g.Aims.Good.String(), "medium", percent(g.Aims.Medium), "strong", percent(g.Aims.Strong))
		rows := [][]string{headings("fault", "strength", "amount", "n", "passed", "refused", "right", "median", "instead")}
		for _, l := range g.Lines {
			right := l.Right.String()
			if l.Step == "" {
				right = "-"
			}
			rows = append(rows, []string{fault(l.Task), orDash(string(l.Step)), amountOf(l.Task), fmt.Sprint(l.Passed.N), percent(l.Passed.Value()),
				percent(l.Refused().Value()), right, median(l), instead(l)})
		}
		t.table(rows)
	}
}

func groupKey(g evaluate.Group) string {
	if g.Listed {
		return g.Name + "_listed"
	}
	return g.Name
}

func percent(v float64) string { return fmt.Sprintf("%.1f", 100*v) }

func fault(k evaluate.Task) string {
	if k.Direction != "" {
		return string(k.Kind) + " " + k.Direction
	}
	return string(k.Kind)
}

func amountOf(k evaluate.Task) string {
	row, ok := evaluate.Strength(k.Kind)
	if !ok || row.Unit == "-" {
		return "-"
	}
	return fmt.Sprintf("%g %s", k.Amount, row.Unit)
}

// median gives the median of the check that is the first right reason, as "cast 9.1".
func median(l evaluate.Line) string {
	row, ok := evaluate.Strength(l.Kind)
	if !ok {
		return "-"
	}
	check := row.Reasons[0].Check
	if v, measured := l.Medians[check]; measured {
		return fmt.Sprintf("%s %.3g", check, v)
	}
	return "-"
}

// instead lists the most frequent reasons that were said first and are not right, and how many pictures could not be spoilt.
func instead(l evaluate.Line) string {
	var parts []string
	for _, r := range l.Wrong() {
		parts = append(parts, fmt.Sprintf("%s %d", r.Reason, r.N))
	}
	parts = parts[:min(3, len(parts))]
	if l.Skipped > 0 {
		parts = append(parts, sentence("ctl.quality.skipped", "n", fmt.Sprint(l.Skipped)))
	}
	return orDash(strings.Join(slices.Clip(parts), ", "))
}
