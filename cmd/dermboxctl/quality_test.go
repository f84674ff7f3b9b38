package main

import (
	"bytes"
	"encoding/csv"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
	"dermbox/camera/quality/evaluate"
	"dermbox/camera/scope"
)

// drawn writes a small photograph of a drawing into the rig's folder.
func (r *rig) drawn(name string, seed int64) {
	r.t.Helper()
	img := scope.Draw(scope.Subject{Kind: scope.Naevus, Tone: 2, Seed: seed}, 270, 270)
	var out bytes.Buffer
	r.ok(jpeg.Encode(&out, img, &jpeg.Options{Quality: 95}))
	r.ok(os.MkdirAll(filepath.Dir(r.path(name)), 0o755))
	r.write(name, out.String())
}

// real lets the rig's commands use the real judge.
func (r *rig) real() *rig {
	r.t.Helper()
	bin := os.Getenv("DERMBOX_BIN")
	if bin == "" {
		r.t.Skip("DERMBOX_BIN does not name the built programs; make test does")
	}
	r.imaging = filepath.Join(bin, "dermbox-imaging")
	return r
}

func TestQualityScore(t *testing.T) {
	r := newRig(t, "").real()
	r.drawn("shots/b.jpg", 1)
	r.drawn("shots/a.JPEG", 2)
	r.drawn("shots/deeper/c.jpeg", 3)
	r.write("shots/notes.txt", "no picture")
	var got scoring
	answer := r.call("quality", "score", r.path("shots"), "--json")
	answer.want(t, 0)
	answer.decode(t, &got)
	var files []string
	for _, s := range got.Pictures {
		files = append(files, s.File)
		if s.Width != 270 || s.Values[quality.ExposureMean] < 40 || s.Error != "" || s.Pass != (len(s.Reasons) == 0) || s.Pass != (s.Sentence == "") {
			t.Errorf("%+v", s)
		}
	}
	for _, name := range scoreColumns()[:7] {
		if !strings.Contains(answer.out, `"`+name+`":`) {
			t.Errorf("--json has no %s", name)
		}
	}
	if !slices.Equal(files, []string{"a.JPEG", "b.jpg", "deeper/c.jpeg"}) || got.Passed+got.Refused != 3 || got.Profile == "" {
		t.Errorf("%v, %+v", files, got)
	}
	r.write("shots/d.jpg", "no picture")
	answer = r.call("quality", "score", r.path("shots"), "--csv")
	answer.want(t, 3, "d.jpg could not be judged. It is no JPEG file")
	rows, err := csv.NewReader(strings.NewReader(answer.out)).ReadAll()
	if err != nil || len(rows) != 5 || !slices.Equal(rows[0], scoreColumns()) || rows[3][1] != "unread" {
		t.Errorf("%v in %v", err, rows)
	}
	r.ok(os.Mkdir(r.path("text"), 0o755))
	r.write("text/e.jpg", "no picture")
	r.call("quality", "evaluate", r.path("text"), "--json").want(t, 3, "None of the photographs could be read")
	r.call("quality", "score", r.path("shots")).want(t, 3, "FILE", "VERDICT", "3", "1 could not be read", "deeper/c.jpeg")
}

// One photograph goes the whole way: spoilt, judged, kept, fitted to, and the draft judges it.
func TestQualityEvaluateAndFit(t *testing.T) {
	r := newRig(t, "").real()
	r.drawn("shots/a.jpg", 1)
	r.drawn("shots/b.jpg", 5)
	r.write("list.csv", "image,fault\nb.jpg,drawn on a bad day\n")
	var report evaluate.Report
	answer := r.call("quality", "evaluate", r.path("shots"), "--exclude", r.path("list.csv"), "--out", r.path("figures"), "--write", r.path("kept"), "--json")
	answer.want(t, 0)
	answer.decode(t, &report)
	if len(report.Groups) != 2 || report.Groups[0].N != 1 || report.Groups[1].N != 2 || len(report.Groups[0].Lines) != len(evaluate.Tasks(evaluate.Steps()...)) {
		t.Errorf("%+v", report.Groups)
	}
	for _, name := range []string{"figures/quality.json", "figures/blur.svg", "figures/cast.svg", "kept/good/a.jpg", "kept/bad/blur/strong/a.jpg", "kept/bad/cast/medium/warm/a.jpg"} {
		if info, err := os.Stat(r.path(name)); err != nil || info.Size() < 200 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"kept/good/b.jpg", "kept/bad/blur/weak/a.jpg", "figures/empty.svg"} {
		if _, err := os.Stat(r.path(name)); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	r.call("quality", "fit", r.path("kept/good"), r.path("kept/bad"), "--out", r.path("draft.json")).
		want(t, 0, "exposure_mean", "GOOD KEPT", "All limits together: 100.0", "draft.json")
	r.call("quality", "fit", r.path("kept/good"), r.path("kept/bad"), "--out", r.path("draft.json")).want(t, 3, "not written over")
	r.call("quality", "score", r.path("kept/good"), "--profile", r.path("draft.json")).want(t, 0, "1 passed")
	r.call("quality", "fit", r.path("kept/good"), r.path("kept/bad")).want(t, 0, `"limits"`)
}

func TestQualityErrors(t *testing.T) {
	r := newRig(t, "")
	r.imaging = r.path("nowhere/dermbox-imaging")
	r.ok(os.Mkdir(r.path("nothing"), 0o755))
	r.drawn("shots/a.jpg", 1)
	r.write("list.csv", "file,fault\na.jpg,x\n")
	r.write("bad.json", `{"schema": "dermbox.rules/1"}`)
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no folder":         {[]string{"score", "$/none"}, 4, "no folder"},
		"no pictures":       {[]string{"score", "$/nothing"}, 4, "no JPEG file"},
		"no program":        {[]string{"score", "$/shots"}, 4, "is missing"},
		"no profile":        {[]string{"score", "$/shots", "--profile", "none"}, 4, "public-256, scope-1080"},
		"a bad profile":     {[]string{"score", "$/shots", "--profile", "$/bad.json"}, 3, "profile"},
		"two formats":       {[]string{"score", "$/shots", "--json", "--csv"}, 2, "--help"},
		"no argument":       {[]string{"score"}, 2, "--help"},
		"nothing at all":    {[]string{"evaluate"}, 3, "nothing to evaluate"},
		"no exclusions":     {[]string{"evaluate", "$/shots", "--exclude", "$/none.csv"}, 4, "cannot be read"},
		"not an exclusion":  {[]string{"evaluate", "$/shots", "--exclude", "$/list.csv"}, 3, "no exclusion list"},
		"fewer than none":   {[]string{"evaluate", "$/shots", "--limit", "-5"}, 3, "--limit"},
		"figures on a file": {[]string{"evaluate", "$/shots", "--out", "$/list.csv"}, 5, "cannot be written"},
		"kept on a file":    {[]string{"evaluate", "$/shots", "--write", "$/list.csv"}, 5, "cannot be written"},
		"keeping none":      {[]string{"fit", "$/shots", "$/shots", "--keep", "0"}, 3, "--keep is a share"},
		"keeping all":       {[]string{"fit", "$/shots", "$/nothing", "--keep", "1.5"}, 3, "--keep is a share"},
		"fit of nothing":    {[]string{"fit", "$/nothing", "$/shots"}, 4, "no JPEG file"},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"quality"}
			for _, a := range tt.args {
				args = append(args, strings.Replace(a, "$", r.dir, 1))
			}
			r.call(args...).want(t, tt.code, tt.says)
		})
	}
}

// The columns stand in the documentation, and each is there under its name.
func TestScoreColumnsAreDocumented(t *testing.T) {
	raw, err := os.ReadFile("../../docs/quality.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(raw), "\n## Columns\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, name := range scoreColumns() {
		if !found || !strings.Contains(section, "`"+name+"`") && !slices.Contains(quality.Names(), name) {
			t.Errorf("the section Columns says nothing of %s", name)
		}
	}
}

// A table's columns never change places or names; new checks come with new columns at the end.
func TestScoreCSV(t *testing.T) {
	r := newRig(t, "")
	var out bytes.Buffer
	tool := &tool{out: &out}
	values := map[string]float64{}
	for i, name := range quality.Names() {
		values[name] = float64(i) / 3
	}
	delete(values, quality.Focus)
	r.ok(tool.scoresCSV(scoring{Pictures: []scored{
		{File: "a, b.jpg", Pass: true, Width: 256, Height: 255, Values: values},
		{File: "c.jpg", HardFail: true, Reasons: []string{"focus.low", "glare.high"}, Width: 1920, Height: 1080},
		{File: "d.jpg", Error: "It is no JPEG file."},
	}}))
	rows, err := csv.NewReader(&out).ReadAll()
	r.ok(err)
	for i, want := range []string{
		"file|verdict|hard_fail|first_reason|reasons|width|height|error", "a, b.jpg|pass|false|||256|255|", "c.jpg|refuse|true|focus.low|focus.low glare.high|1920|1080|",
		"d.jpg|unread|false|||0|0|It is no JPEG file."} {
		if got := strings.Join(rows[i][:8], "|"); got != want {
			t.Errorf("row %d is %q, was %q", i, got, want)
		}
	}
	for i, name := range quality.Names() {
		if rows[0][8+i] != name || (rows[1][8+i] == "") != (name == quality.Focus) || rows[2][8+i] != "" {
			t.Errorf("%s: %q, %q, %q", name, rows[0][8+i], rows[1][8+i], rows[2][8+i])
		}
	}
}

// Every kind of fault has its words for the curves.
func TestQualityWords(t *testing.T) {
	for _, kind := range degrade.Kinds() {
		row, _ := evaluate.Strength(kind)
		for _, key := range []string{"ctl.quality.kind." + string(kind), "ctl.quality.unit." + row.Unit} {
			if s := sentence(key); strings.HasPrefix(s, "[") {
				t.Errorf("no words for %s", key)
			}
		}
	}
}
