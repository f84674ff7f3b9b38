package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/camera/quality"
)

// scored is one picture as "quality score" shows it.
type scored struct {
	File     string             `json:"file"`    // from the folder
	Verdict  string             `json:"verdict"` // "pass", "refuse" or "unread"
	Pass     bool               `json:"pass"`
	HardFail bool               `json:"hard_fail"`       // no model may judge it
	First    string             `json:"first_reason"`    // the first of Reasons; "" for none
	Reasons  []string           `json:"reasons"`         // what failed, the most useful first, as "focus.low"
	Sentence string             `json:"sentence"`        // what to do about the first; "" when it passed
	Width    int                `json:"width"`           // pixels
	Height   int                `json:"height"`          // pixels
	Values   map[string]float64 `json:"values"`          // by the name of the check; what could not be measured is absent
	Error    string             `json:"error,omitempty"` // why it could not be read; all else is then empty
}

// scoring is everything that "quality score" found.
type scoring struct {
	Profile  string   `json:"profile"`
	Passed   int      `json:"passed"`
	Refused  int      `json:"refused"`
	Unread   int      `json:"unread"`
	Pictures []scored `json:"pictures"`
}

func (t *tool) qualityScoreCommand() *cobra.Command {
	var flags profileFlags
	var asCSV bool
	cmd := t.reading("score DIR", "quality.score", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		p, err := t.profile(cmd.Context(), flags, flags.name)
		if err != nil {
			return err
		}
		result, err := t.score(cmd.Context(), args[0], p)
		if err != nil {
			return err
		}
		if asCSV {
			err = t.scoresCSV(result)
		} else {
			err = t.show(result, func() { t.sayScores(result) })
		}
		if err == nil && result.Unread > 0 {
			err = silent{exitInvalid}
		}
		return err
	})
	flags.add(cmd)
	cmd.Flags().BoolVar(&asCSV, "csv", false, text.T("ctl.flag.csv", nil))
	cmd.MarkFlagsMutuallyExclusive("json", "csv")
	return cmd
}

// score measures every picture of a folder, as many at once as there are processors. One that cannot be read is named and left out.
func (t *tool) score(ctx context.Context, dir string, p *quality.Profile) (scoring, error) {
	files, err := pictures(dir)
	if err != nil {
		return scoring{}, err
	}
	result := scoring{Profile: p.Ref(), Pictures: make([]scored, len(files))}
	err = t.withJudge(ctx, func(ctx context.Context, judge *quality.Client) error {
		return t.each(ctx, len(files), func(i int) error {
			s, err := t.scoreOne(ctx, judge, p, dir, files[i])
			result.Pictures[i] = s
			return err
		})
	})
	for _, s := range result.Pictures {
		switch {
		case s.Error != "":
			result.Unread++
		case s.Pass:
			result.Passed++
		default:
			result.Refused++
		}
	}
	return result, err
}

// each does 0 to n-1 on all processors and says how far it is; it ends with the first error.
func (t *tool) each(ctx context.Context, n int, do func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	next, done, progress := 0, 0, t.progress()
	take := func() int {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1
	}
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := take(); i < n && ctx.Err() == nil; i = take() {
				if err := do(i); err != nil {
					cancel(err)
				}
				mu.Lock()
				done++
				progress(done, n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// scoreOne measures one picture. The error is one that ends the work; a picture that is none is in what it gives.
func (t *tool) scoreOne(ctx context.Context, judge *quality.Client, p *quality.Profile, dir, name string) (scored, error) {
	raw, err := t.readPicture(dir, name)
	var m quality.Metrics
	if err == nil {
		m, err = judge.Metrics(ctx, raw, p.Part)
	}
	if err != nil {
		if ctx.Err() != nil || appliance.CodeOf(err) == appliance.Unavailable {
			return scored{}, err
		}
		t.unread(name, err)
		return scored{File: name, Verdict: "unread", Reasons: []string{}, Error: why(err)}, nil
	}
	return scoredAs(name, p, m, quality.Judge(p, m)), nil
}

func scoredAs(name string, p *quality.Profile, m quality.Metrics, v appliance.Verdict) scored {
	s := scored{File: name, Pass: v.Pass, HardFail: v.HardFail, Reasons: []string{}, Width: m.Width, Height: m.Height, Values: map[string]float64{}}
	for _, measure := range v.Measures {
		if !measure.Pass {
			s.Reasons = append(s.Reasons, strings.TrimPrefix(measure.Key, "quality."))
			if s.Sentence == "" {
				s.Sentence = text.T(measure.Key, nil)
			}
		}
	}
	s.Verdict, s.First = s.verdict(), s.first()
	for _, name := range quality.Names() {
		if value, ok := p.Value(m, name); ok && !math.IsNaN(value) && !math.IsInf(value, 0) {
			s.Values[name] = value
		}
	}
	return s
}

// scoreColumns are the columns of --csv: those of the picture, then one for each check. docs/quality.md describes them; they are read by
// name, since new checks bring new columns.
func scoreColumns() []string {
	return slices.Concat([]string{"file", "verdict", "hard_fail", "first_reason", "reasons", "width", "height", "error"}, quality.Names())
}

func (t *tool) scoresCSV(result scoring) error {
	w := csv.NewWriter(t.out)
	rows := [][]string{scoreColumns()}
	for _, s := range result.Pictures {
		row := []string{s.File, s.verdict(), strconv.FormatBool(s.HardFail), s.first(), strings.Join(s.Reasons, " "), fmt.Sprint(s.Width), fmt.Sprint(s.Height), s.Error}
		for _, name := range quality.Names() {
			cell := ""
			if v, ok := s.Values[name]; ok {
				cell = strconv.FormatFloat(v, 'g', 6, 64)
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	return w.WriteAll(rows)
}

func (s scored) verdict() string {
	switch {
	case s.Error != "":
		return "unread"
	case s.Pass:
		return "pass"
	}
	return "refuse"
}

func (s scored) first() string {
	if len(s.Reasons) == 0 {
		return ""
	}
	return s.Reasons[0]
}

func (t *tool) sayScores(result scoring) {
	rows := [][]string{headings("file", "verdict", "reasons")}
	for _, s := range result.Pictures {
		rows = append(rows, []string{s.File, text.T("ctl.quality.verdict."+s.verdict(), nil), orDash(strings.Join(s.Reasons, " "))})
	}
	t.table(rows)
	t.say("ctl.quality.scored", "profile", result.Profile, "passed", fmt.Sprint(result.Passed), "refused", fmt.Sprint(result.Refused), "unread", fmt.Sprint(result.Unread))
}
