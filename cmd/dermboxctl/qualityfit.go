package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
	"dermbox/camera/quality/evaluate"
)

func (t *tool) qualityFitCommand() *cobra.Command {
	var flags profileFlags
	var keep float64
	var out string
	cmd := t.reading("fit GOOD BAD", "quality.fit", cobra.ExactArgs(2), func(cmd *cobra.Command, args []string) error {
		if !(keep > 0 && keep <= 1) {
			return appliance.FieldError("keep", "ctl.quality.bad_keep")
		}
		if _, err := os.Lstat(out); out != "" && !errors.Is(err, fs.ErrNotExist) {
			return appliance.FieldError("out", "ctl.quality.exists", "path", out)
		}
		base, err := t.profile(cmd.Context(), flags, flags.name)
		if err != nil {
			return err
		}
		p, err := t.fit(cmd.Context(), base, args[0], args[1], keep)
		if err != nil {
			return err
		}
		return t.showProposal(p, out)
	})
	flags.add(cmd)
	cmd.Flags().Float64Var(&keep, "keep", 0.95, text.T("ctl.flag.keep", nil))
	cmd.Flags().StringVar(&out, "out", "", text.T("ctl.flag.fit_out", nil))
	return cmd
}

// fit measures both folders and proposes limits.
func (t *tool) fit(ctx context.Context, base *quality.Profile, good, bad string, keep float64) (evaluate.Proposal, error) {
	var samples [2][]evaluate.Sample
	for i, dir := range []string{good, bad} {
		list, err := t.samples(ctx, dir, base.Part)
		if err != nil {
			return evaluate.Proposal{}, err
		}
		samples[i] = list
	}
	for i := range samples[0] {
		samples[0][i].Kind = ""
	}
	p := evaluate.Fit(base, samples[0], samples[1], keep)
	p.Profile.IssuedAt = t.now().UTC().Truncate(1e9)
	p.Profile.About = sentence("ctl.quality.draft_about", "good", fmt.Sprint(len(samples[0])), "bad", fmt.Sprint(len(samples[1])), "base", base.Ref())
	return p, nil
}

// samples measures a part of each picture of a folder. What is wrong with a picture is the name of the first folder on its way that is a kind of fault.
func (t *tool) samples(ctx context.Context, dir string, part quality.Part) ([]evaluate.Sample, error) {
	files, err := pictures(dir)
	if err != nil {
		return nil, err
	}
	list := make([]evaluate.Sample, len(files))
	err = t.withJudge(ctx, func(ctx context.Context, judge *quality.Client) error {
		return t.each(ctx, len(files), func(i int) error {
			raw, err := t.readPicture(dir, files[i])
			if err == nil {
				list[i].Metrics, err = judge.Metrics(ctx, raw, part)
			}
			if appliance.CodeOf(err) == appliance.Invalid {
				t.unread(files[i], err)
				return nil
			}
			list[i].Name, list[i].Kind = files[i], kindOf(files[i])
			return err
		})
	})
	read := make([]evaluate.Sample, 0, len(list))
	for _, s := range list {
		if s.Name != "" {
			read = append(read, s)
		}
	}
	if err == nil && len(read) == 0 {
		err = appliance.E(appliance.NotFound, "ctl.quality.no_pictures", nil, "path", dir)
	}
	return read, err
}

func kindOf(name string) degrade.Kind {
	for part := range strings.SplitSeq(filepath.ToSlash(filepath.Dir(name)), "/") {
		if _, ok := evaluate.Strength(degrade.Kind(part)); ok {
			return degrade.Kind(part)
		}
	}
	return ""
}

// showProposal prints the trade-off, and the draft after it or into a file.
func (t *tool) showProposal(p evaluate.Proposal, out string) error {
	draft, err := indented(p.Profile)
	if err != nil {
		return err
	}
	if out != "" {
		if err := writeOut(filepath.Dir(out), filepath.Base(out), draft); err != nil {
			return err
		}
	}
	return t.show(p, func() {
		rows := [][]string{headings("check", "end", "limit", "good_kept", "bad_refused", "before", "proposed")}
		for _, e := range p.Ends {
			rows = append(rows, endRows(e)...)
		}
		t.table(rows)
		t.say("ctl.quality.fitted", "good", p.Good.String(), "bad", p.Bad.String(), "right", p.Right.String(), "good_before", p.Base.Good.String(),
			"bad_before", p.Base.Bad.String())
		if out == "" {
			fmt.Fprint(t.out, string(draft))
			return
		}
		t.say("ctl.quality.drafted", "path", out)
	})
}

// endRows gives one row for each threshold that was looked at; the first has the check's name and what is proposed.
func endRows(e evaluate.End) (rows [][]string) {
	end := "min"
	if e.Max {
		end = "max"
	}
	head := []string{e.Check, end, "", "", "", fmt.Sprintf("%.4g", e.Base), fmt.Sprintf("%.4g", e.Proposed)}
	for i, trade := range e.Trades {
		row := []string{"", "", "", "", "", "", ""}
		if i == 0 {
			copy(row, head)
		}
		row[2], row[3], row[4] = fmt.Sprintf("%.4g", trade.Threshold), percent(trade.Good.Value()), "-"
		if trade.Bad.N > 0 {
			row[4] = percent(trade.Bad.Value())
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		rows = [][]string{head}
	}
	return rows
}
