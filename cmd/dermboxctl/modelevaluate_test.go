package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/inference"
	"dermbox/inference/evaluate"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

// trialPack signs the made-up model; its worker is this test binary. A picture's brightness over 255 is its probability of mel: from 0.1 on it is
// melanoma-like, up to 0.3 it is a naevus.
func (r *rig) trialPack() string {
	r.t.Helper()
	own, err := os.Executable()
	r.ok(err)
	r.worker = own
	out := r.path("trial.dermpack")
	known := r.photographs("known", 0, 140, 200, 20, 60)
	r.call("model", "pack", r.modelFolder(), "--key", demoKeys+"model.key.pem", "--images", known, "--out", out).want(r.t, 0)
	return out
}

// trialList has twelve dark naevi, one of which is called melanoma-like, twelve bright melanomas, of which three are not, and nine rows that do
// not count.
func (r *rig) trialList() (images, labels string) {
	r.t.Helper()
	images = r.photographs("images", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 120, 5, 8, 20, 120, 140, 150, 160, 170, 180, 190, 200, 210)
	rows := []string{"image_id,path,dx,age,sex,skin_type,split"}
	for i := range 24 {
		dx := "nv"
		if i >= 12 {
			dx = "mel"
		}
		rows = append(rows, fmt.Sprintf("p%02d,secret-%02d.jpg,%s,%d,%s,%s,val", i, i, dx, 20+2*i, []string{"female", "male"}[i%2], []string{"II", "6", ""}[i%3]))
	}
	r.write("outside.jpg", "not to be seen")
	r.ok(os.Symlink(r.path("outside.jpg"), filepath.Join(images, "link.jpg")))
	r.write("images/broken.jpg", "no photograph")
	huge := r.write("images/huge.jpg", "")
	r.ok(os.Truncate(huge, preprocess.MaxFile+1))
	rows = append(rows, "q0,q0.jpg,bcc,50,male,II,val", "q1,../outside.jpg,nv,50,male,II,val", "q2,link.jpg,nv,50,male,II,val",
		"q3,none.jpg,nv,50,male,II,val", "q4,broken.jpg,nv,200,male,VII,val", "q5,huge.jpg,nv,50,male,II,val", "p01,broken.jpg,nv,50,male,II,val",
		"q7,q7.jpg,,50,male,II,val", "q8,,nv,50,male,II,val", "t0,secret-00.jpg,mel,50,male,II,train")
	return images, r.write("labels.csv", strings.Join(rows, "\n")+"\n")
}

var timing = regexp.MustCompile(`(?m)^[0-9.]+ ms a photograph.*$`)

func TestModelEvaluate(t *testing.T) {
	r := newRig(t, "")
	trial := r.trialPack()
	images, labels := r.trialList()
	out := r.path("figures")
	args := []string{"model", "evaluate", trial, "--images", images, "--labels", labels, "--split", "val", "--out", out, "--bootstrap", "100"}
	said := r.call(append(args, "--rules", r.defaultRules())...)
	if !timing.MatchString(said.out) {
		t.Errorf("no times in:\n%s", said.out)
	}
	said.out = timing.ReplaceAllString(said.out, "TIMES")
	said.golden(t, "model-evaluate", 0)

	var names []string
	files, err := os.ReadDir(out)
	r.ok(err)
	for _, f := range files {
		names = append(names, f.Name())
	}
	if got := strings.Join(names, " "); got != "evaluation.json pictures.csv reliability-mel.svg reliability-nv.svg reliability.svg roc-mel.svg roc-nv.svg scores-mel.svg scores-nv.svg" {
		t.Error(got)
	}
	r.theReport(out)
	r.thePictures(out)

	before, err := os.ReadFile(filepath.Join(out, "evaluation.json"))
	r.ok(err)
	r.rules(eligibility.Default())
	r.call(args...).want(t, 8, "$BOX/figures", "Nothing is written over")
	after, err := os.ReadFile(filepath.Join(out, "evaluation.json"))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("an old report was touched, %v", err)
	}
}

// theReport holds evaluation.json against its schema and the counts that the brightness of each picture gives.
func (r *rig) theReport(out string) {
	r.t.Helper()
	raw, err := os.ReadFile(filepath.Join(out, "evaluation.json"))
	r.ok(err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(evaluate.JSONSchema()))
	r.ok(err)
	c := jsonschema.NewCompiler()
	r.ok(c.AddResource("e.json", document))
	s, err := c.Compile("e.json")
	r.ok(err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	r.ok(err)
	r.ok(s.Validate(value))
	var e evaluate.Report
	r.ok(json.Unmarshal(raw, &e))
	share := func(v evaluate.Rate) string { return fmt.Sprintf("%d/%d", v.K, v.N) }
	got := fmt.Sprintf("%d of %d, auc of %d and %d, %s and %s, benign %s, cannot judge %s, %v, left %v, %d by age, %d by sex, %d by skin", e.Set.Judged, e.Set.Rows,
		e.Labels[1].AUC.N, e.Labels[1].AUC.Others, share(e.Flagged.Sensitivity), share(e.Flagged.Specificity), share(e.Flagged.CalledBenign), share(e.CannotJudge.All),
		e.Confusion, e.Set.Left, len(e.Groups[0].Parts), len(e.Groups[1].Parts), len(e.Groups[2].Parts))
	want := "24 of 33, auc of 12 and 12, 9/12 and 11/12, benign 3/12, cannot judge 0/24, map[mel:map[BENIGN:3 MEL:9] nv:map[BENIGN:11 MEL:1]], " +
		"left map[duplicate:1 empty:2 missing:1 not_jpeg:1 outside:2 too_large:1 unknown_dx:1], 4 by age, 2 by sex, 3 by skin"
	if got != want {
		r.t.Errorf("%s, want\n%s", got, want)
	}
}

// thePictures holds pictures.csv: what stands there of one picture, and that its columns keep their names and places.
func (r *rig) thePictures(out string) {
	r.t.Helper()
	raw, err := os.ReadFile(filepath.Join(out, "pictures.csv"))
	r.ok(err)
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	r.ok(err)
	for i := range rows {
		rows[i][5] = ""
	}
	for i, want := range map[int]string{
		0:  "image_id|truth|most_severe|set|unlikeness||p_nv|p_mel|route_SHADOW|route_SECOND_READ|notice",
		1:  "p00|nv|BENIGN|BENIGN|||1|0|DERM_REVIEW_NO_AI|SECOND_READ|simulation, not for clinical use",
		24: "p23|mel|MEL|MEL|||0.176471|0.823529|DERM_REVIEW_NO_AI|URGENT_DERM_REVIEW|simulation, not for clinical use",
	} {
		if got := strings.Join(rows[i], "|"); got != want {
			r.t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
}

func TestModelEvaluateRefuses(t *testing.T) {
	r := newRig(t, "")
	trial := r.trialPack()
	r.photographs("images", 0, 200)
	rows := map[string]string{
		"good": "image_id,path,dx\na,secret-00.jpg,nv\nb,secret-01.jpg,mel\n", "no-dx": "image_id,path,label\na,secret-00.jpg,nv\n", "empty": "",
		"none": "image_id,path,dx\na,none.jpg,nv\n", "twice": "image_id,path,dx\na,secret-00.jpg,nv\na,secret-00.jpg,mel\n",
	}
	for name, list := range rows {
		r.write(name+".csv", list)
	}
	r.write("a-file", "")
	r.ok(os.MkdirAll(r.path("no-keys/model"), 0o700))
	for name, tt := range map[string]struct {
		labels string
		more   []string
		code   int
		says   []string
	}{
		"no list":            {"nowhere", nil, 4, []string{"$BOX/nowhere.csv"}},
		"an empty list":      {"empty", nil, 3, []string{"$BOX/empty.csv is empty", "image_id, path and dx"}},
		"no dx":              {"no-dx", nil, 3, []string{`no column "dx"`, "image_id, path, label"}},
		"no split":           {"good", []string{"--split", "val"}, 3, []string{`no column "split"`}},
		"no picture":         {"none", nil, 3, []string{"all 1 rows are left out", "none.jpg"}},
		"argued":             {"twice", nil, 3, []string{"all 2 rows are left out", `image_id "a" is in another line`}},
		"other optics":       {"good", []string{"--optics", "clinic"}, 3, []string{`"clinic"`, "rule X17", "dermbox-simulated-scope"}},
		"too few resamples":  {"good", []string{"--bootstrap", "3"}, 3, []string{"--bootstrap is 3", "100 to 100000"}},
		"a word for a seed":  {"good", []string{"--seed", "x"}, 2, []string{"--seed"}},
		"no folder":          {"good", []string{"--images", "$/nowhere"}, 4, []string{"$BOX/nowhere"}},
		"out is a file":      {"good", []string{"--out", "$/a-file"}, 8, []string{"$BOX/a-file", "new or an empty folder"}},
		"out below a file":   {"good", []string{"--out", "$/a-file/figures"}, 8, []string{"$BOX/a-file/figures"}},
		"out holds pictures": {"good", []string{"--out", "$/images"}, 8, []string{"$BOX/images"}},
		"an unknown key":     {"good", []string{"--keyring", "$/no-keys"}, 6, []string{"does not trust"}},
		"no rules":           {"good", []string{"--rules", "$/nowhere.json"}, 4, []string{"nowhere.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"model", "evaluate", trial, "--images", r.path("images"), "--labels", r.path(tt.labels + ".csv")}
			if name != "no rules" {
				args = append(args, "--rules", r.defaultRules())
			}
			for _, a := range tt.more {
				args = append(args, strings.Replace(a, "$", r.dir, 1))
			}
			got := r.call(args...)
			got.want(t, tt.code, tt.says...)
			if got.out != "" {
				t.Errorf("figures of a run that failed:\n%s", got.out)
			}
		})
	}
	r.call("model", "evaluate", trial).want(t, 2, "images", "labels")
	r.worker = r.path("nowhere")
	r.call("model", "evaluate", trial, "--images", r.path("images"), "--labels", r.path("good.csv"), "--rules", r.defaultRules()).want(t, 4, "$BOX/nowhere", "is missing")
}

// A pack whose model gives other answers than its known ones judges nothing, as on a box.
func TestModelEvaluateRefusesAWrongModel(t *testing.T) {
	r := newRig(t, "")
	own, err := os.Executable()
	r.ok(err)
	r.worker = own
	r.call("sign", "model", r.modelFolder(), "--key", demoKeys+"model.key.pem", "--out", r.path("wrong.dermpack")).want(t, 0)
	images, labels := r.trialList()
	got := r.call("model", "evaluate", r.path("wrong.dermpack"), "--images", images, "--labels", labels, "--rules", r.defaultRules())
	got.want(t, 6)
	if got.out != "" {
		t.Errorf("figures of a model that cannot be trusted:\n%s", got.out)
	}
}

func TestModelEvaluateOneLabel(t *testing.T) {
	r := newRig(t, "")
	trial := r.trialPack()
	images := r.photographs("images", 0, 200, 30)
	labels := r.write("l.csv", "image_id,path,dx\na,secret-00.jpg,nv\nb,secret-01.jpg,nv\nc,secret-02.jpg,nv\n")
	args := []string{"model", "evaluate", trial, "--images", images, "--labels", labels, "--rules", r.defaultRules()}
	r.call(args...).want(t, 0, `Every photograph is of "nv"`, "not given: no such pictures", "0 of 0")
	var e evaluate.Report
	r.call(append(args, "--json")...).decode(t, &e)
	if l := e.Labels[0]; l.AUC.Value != nil || l.AUC.Withheld != evaluate.None || l.Sensitivity.N != 3 || l.Specificity.Value != nil || len(e.Groups) != 0 {
		t.Errorf("%+v", e)
	}
}

// Who stops a run gets no figures of the part that was done; who waits hears how far it is.
func TestModelEvaluateSaysHowFarItIsAndStops(t *testing.T) {
	r := newRig(t, "")
	trial := r.trialPack()
	images, labels := r.trialList()
	args := []string{"model", "evaluate", trial, "--images", images, "--labels", labels, "--split", "val", "--rules", r.defaultRules(), "--out", r.path("out")}
	run := func(ctx context.Context) result {
		var out, errs bytes.Buffer
		now := moment
		tool := &tool{in: strings.NewReader(""), out: &out, errors: &errs, inference: r.worker, env: []string{"DERMBOX_CONFIG=" + r.path("box.yaml")},
			now: func() time.Time { now = now.Add(time.Second); return now }}
		code := tool.run(ctx, args)
		return result{code, out.String(), errs.String()}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	got := run(stopped)
	got.want(t, 5, "Stopped before the end. Nothing was written.")
	if left, err := os.ReadDir(r.path("out")); got.out != "" || len(left) > 0 {
		t.Errorf("%s%v, %v", got.out, left, err)
	}
	run(t.Context()).want(t, 0, " of 28 photographs\n", "24 of 33 photographs judged")
}

// A computer without a box tries the demonstration's packs with the rules that dermbox comes with, and no pack of a stranger's.
func TestModelEvaluateWithoutABox(t *testing.T) {
	r := newRig(t, "")
	trial := r.trialPack()
	images, labels := r.trialList()
	run := func(args ...string) result {
		var out, errs bytes.Buffer
		tool := &tool{in: strings.NewReader(""), out: &out, errors: &errs, inference: r.worker, now: func() time.Time { return moment }}
		code := tool.run(t.Context(), append([]string{"model", "evaluate", trial, "--images", images, "--labels", labels, "--split", "val"}, args...))
		return result{code, out.String(), errs.String()}
	}
	if _, err := os.Stat(defaultConfig); err == nil {
		t.Skipf("this machine has a box's settings: %s", defaultConfig)
	}
	run().want(t, 0, "no box's settings here", "24 of 33 photographs judged", "those that dermbox comes with")
	run("--config", r.path("none.yaml")).want(t, 3, "none.yaml")
	r.ok(os.Mkdir(r.path("ring"), 0o700))
	run("--keyring", r.path("ring")).want(t, 6)
}

// TestModelEvaluateRoutes holds the routes against the table for what a model can say of a lesion, and for people whom no model may judge.
func TestModelEvaluateRoutes(t *testing.T) {
	r := newRig(t, "")
	p, err := pack.ParseUnpacked(r.manifestOf(r.modelFolder()))
	r.ok(err)
	engine, err := eligibility.Parse(eligibility.Default())
	r.ok(err)
	router := router{engine, p, moment}
	for name, tt := range map[string]struct {
		mel  float64
		row  evaluate.Row
		want appliance.Route // in SECOND_READ
		rule string
	}{
		"benign":       {0.05, evaluate.Row{Years: -1, SkinType: evaluate.Unknown}, appliance.SecondRead, ""},
		"melanoma":     {0.6, evaluate.Row{Years: 50, SkinType: "II"}, appliance.UrgentReview, ""},
		"a child":      {0.05, evaluate.Row{Years: 12, SkinType: "II"}, appliance.DermReviewNoAI, "X01"},
		"cannot judge": {0.05, evaluate.Row{Years: 50, SkinType: "II"}, appliance.DermReviewNoAI, "X19"},
	} {
		t.Run(name, func(t *testing.T) {
			s := inference.Scores{Labels: p.Output.Labels, Probabilities: []float64{1 - tt.mel, tt.mel}}
			if name == "cannot judge" {
				s.Probabilities = []float64{0.05, 0.05}
			}
			routes := router.routes(tt.row, s)
			if len(routes) != 2 || routes[0].Pathway != appliance.Shadow || routes[0].Route != appliance.DermReviewNoAI || routes[1].Route != tt.want {
				t.Errorf("%+v", routes)
			}
			if got := strings.Join(routes[1].Rules, " "); got != tt.rule {
				t.Errorf("rules %q, want %q", got, tt.rule)
			}
		})
	}
}

func (r *rig) manifestOf(folder string) []byte {
	r.t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	r.ok(err)
	return raw
}

// defaultRules writes the rules that dermbox comes with as a draft.
func (r *rig) defaultRules() string {
	r.t.Helper()
	return r.write("draft.json", string(eligibility.Default()))
}

// A photograph of too many pixels is not called damaged: its owner would look for another copy in vain.
func TestUnprepared(t *testing.T) {
	r := newRig(t, "")
	still, err := os.ReadFile(filepath.Join(r.photographs("one", 7), "secret-00.jpg"))
	r.ok(err)
	size := bytes.Index(still, []byte{0xff, 0xc0}) + 5 // height and width, two bytes each
	large := bytes.Clone(still)
	copy(large[size:], []byte{0x40, 0, 0x40, 0})
	for reason, raw := range map[string][]byte{evaluate.LeftTooLarge: large, evaluate.LeftNoJPEG: still[:size]} {
		if got := unprepared(raw); got != reason {
			t.Errorf("%s, want %s", got, reason)
		}
	}
}
