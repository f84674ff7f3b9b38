package evaluate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/evaluate"
	"dermbox/inference/pack"
)

// manifest is a model of three labels with a rule for unlike pictures.
func manifest() *pack.Manifest {
	return &pack.Manifest{
		Output: pack.Output{Labels: []string{"nv", "mel", "sk"}, Activation: pack.Softmax, Classes: map[string]pack.Mapping{
			"nv": {Class: appliance.Benign, Threshold: 0.5}, "mel": {Class: appliance.Melanoma, Threshold: 0.4}, "sk": {Class: appliance.Benign, Threshold: 0.45}},
			Distribution: &pack.Distribution{Method: pack.MaxProbability, Limit: 0.55}},
		Hierarchy: []appliance.Class{appliance.Melanoma, appliance.Benign},
		Pathways:  []appliance.Pathway{appliance.Shadow, appliance.SecondReadPathway},
	}
}

func judgedPicture(id, truth string, p ...float64) evaluate.Picture {
	return evaluate.Picture{ID: id, Truth: truth, Age: "45-59", Sex: "female", SkinType: evaluate.Unknown,
		Scores: inference.Scores{Labels: []string{"nv", "mel", "sk"}, Probabilities: p, TookMS: 5, Model: appliance.ModelRef{Engine: "made up"}},
		Routes: []evaluate.Routed{{Pathway: appliance.Shadow, Route: appliance.DermReviewNoAI}, {Pathway: appliance.SecondReadPathway, Route: appliance.SecondRead, Rules: []string{"X15"}}}}
}

// madeUp gives 120 pictures by a small generator: 60 nv, 30 mel, 30 sk. inference/evaluate/testdata/reference.py makes the same ones and computes the
// figures below with NumPy 2.4.6 and SciPy 1.17.1.
func madeUp() (list []evaluate.Picture) {
	x := 12345
	random := func() float64 {
		x = (1103515245*x + 12345) % (1 << 31)
		return float64((x>>8)%1000) / 1000
	}
	cents := func(v float64) float64 { return math.RoundToEven(v*100) / 100 }
	for i := range 120 {
		truth := []int{0, 0, 1, 2}[i%4]
		w := []float64{random() + .05, random() + .05, random() + .05}
		w[truth] += 0.6
		sum := w[0] + w[1] + w[2]
		a, b := cents(w[0]/sum), cents(w[1]/sum)
		p := judgedPicture(string(rune('a'+i%26))+strings.Repeat("x", i/26), []string{"nv", "mel", "sk"}[truth], a, b, cents(1-(a+b)))
		p.Scores.TookMS = float64(i + 1)
		list = append(list, p)
	}
	return list
}

var bootstrap = evaluate.Bootstrap{Resamples: 2000, Seed: 1}

func about(t *testing.T, what string, got *float64, want, within float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > within {
		t.Errorf("%s is %v, want %v", what, deref(got), want)
	}
}

func deref(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

// The figures of SciPy (mannwhitneyu, binomtest with Wilson's interval) and NumPy. Intervals by resampling are of NumPy's own chance numbers, 20,000 of
// them: they agree within what 2,000 leave open.
func TestFiguresAgreeWithSciPy(t *testing.T) {
	r := evaluate.New(manifest(), bootstrap, madeUp())
	for i, want := range []struct {
		auc, low, high float64
		sensitivity    [4]float64 // k, n, low, high
		specificity    [4]float64
		ece            float64
		bins           []int
	}{
		{0.9484722222222222, 0.9110, 0.9774, [4]float64{29, 60, 0.36175049539732795, 0.6069218996740751}, [4]float64{60, 60, 0.9398281478579101, 1}, 0.21375, []int{6, 13, 16, 28, 28, 15, 5, 7, 2, 0}},
		{0.955925925925926, 0.9143, 0.9872, [4]float64{26, 30, 0.7031867331796371, 0.9469034451594525}, [4]float64{80, 90, 0.8074221497873896, 0.9385168081070229}, 0.18883333333333333, []int{15, 20, 18, 31, 18, 14, 2, 2, 0, 0}},
		{0.9653703703703704, 0.9328, 0.9896, [4]float64{22, 30, 0.555520383048111, 0.8581733668040368}, [4]float64{87, 90, 0.9065271396961013, 0.9885996097771937}, 0.20858333333333334, []int{11, 20, 25, 34, 12, 12, 4, 2, 0, 0}},
	} {
		l := r.Labels[i]
		about(t, l.Label+" auc", l.AUC.Value, want.auc, 1e-12)
		about(t, l.Label+" auc low", l.AUC.Low, want.low, 0.006)
		about(t, l.Label+" auc high", l.AUC.High, want.high, 0.006)
		for _, rate := range []struct {
			got  evaluate.Rate
			want [4]float64
		}{{l.Sensitivity, want.sensitivity}, {l.Specificity, want.specificity}} {
			if float64(rate.got.K) != rate.want[0] || float64(rate.got.N) != rate.want[1] {
				t.Errorf("%s: %+v, want %v", l.Label, rate.got, rate.want)
			}
			about(t, l.Label+" low", rate.got.Low, rate.want[2], 1e-7)
			about(t, l.Label+" high", rate.got.High, rate.want[3], 1e-7)
		}
		c := r.Calibration.Labels[i]
		about(t, l.Label+" ece", c.ECE.Value, want.ece, 1e-12)
		var n []int
		for _, b := range c.Bins {
			n = append(n, b.Observed.N)
		}
		if !slices.Equal(n, want.bins) {
			t.Errorf("%s: bins %v, want %v", l.Label, n, want.bins)
		}
	}
	about(t, "nll", r.Calibration.NLL.Value, 0.692782369058276, 1e-12)
	about(t, "nll low", r.Calibration.NLL.Low, 0.6524, 0.006)
	about(t, "nll high", r.Calibration.NLL.High, 0.7342, 0.006)
	about(t, "top ece", r.Calibration.Top.ECE.Value, 0.3453333333333333, 1e-12)
	if r.Timing.MeanMS != 60.5 || r.Timing.P50MS != 60.5 || math.Abs(r.Timing.P95MS-114.05) > 1e-9 || r.Timing.N != 120 || r.Model.Engine != "made up" {
		t.Errorf("%+v, %+v", r.Timing, r.Model)
	}
}

// numpy.percentile([3, 1, 4, 1, 5, 9, 2, 6], [2.5, 50, 97.5])
func TestQuantileIsNumPys(t *testing.T) {
	sorted := []float64{1, 1, 2, 3, 4, 5, 6, 9}
	for p, want := range map[float64]float64{0: 1, 0.025: 1, 0.5: 3.5, 0.975: 8.475, 1: 9} {
		if got := evaluate.Quantile(sorted, p); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v: %v, want %v", p, got, want)
		}
	}
}

// Four pictures, every count by hand.
func TestCountsByHand(t *testing.T) {
	r := evaluate.New(manifest(), bootstrap, []evaluate.Picture{
		judgedPicture("a", "nv", 0.9, 0.05, 0.05),   // BENIGN
		judgedPicture("b", "nv", 0.34, 0.42, 0.24),  // MEL, and unlike: 0.58
		judgedPicture("c", "mel", 0.55, 0.25, 0.2),  // BENIGN: missed
		judgedPicture("d", "mel", 0.36, 0.32, 0.32), // cannot judge, and unlike: 0.64
		judgedPicture("e", "sk", 0.1, 0.42, 0.48),   // BENIGN and MEL: MEL
	})
	rate := func(got evaluate.Rate, k, n int) bool { return got.K == k && got.N == n }
	f, u := r.Flagged, r.CannotJudge
	if !rate(f.Sensitivity, 0, 2) || !rate(f.Specificity, 1, 3) || !rate(f.CalledBenign, 1, 2) || !rate(f.ByTruth["sk"], 1, 1) {
		t.Errorf("%+v", f)
	}
	if !rate(u.All, 1, 5) || !rate(u.ByTruth["mel"], 1, 2) || !rate(*u.Unlike, 2, 5) || !rate(u.Truths["nv"], 1, 2) || u.Method != pack.MaxProbability || u.Limit != 0.55 {
		t.Errorf("%+v", u)
	}
	if c := r.Confusion; c["nv"]["BENIGN"] != 1 || c["nv"]["MEL"] != 1 || c["mel"]["BENIGN"] != 1 || c["mel"][evaluate.CannotJudge] != 1 || c["sk"]["MEL"] != 1 {
		t.Errorf("%+v", c)
	}
	about(t, "specificity of mel", r.Labels[1].Specificity.Value, 1./3, 1e-12)
	// Few pictures: no area, no ECE, and why.
	if a := r.Labels[1].AUC; a.Value != nil || a.Withheld != evaluate.Few || a.N != 2 || a.Others != 3 || !strings.Contains(a.String(), "2 pictures against 3 are too few") {
		t.Errorf("%+v %s", a, a)
	}
	if e := r.Calibration.NLL; e.Value != nil || e.Withheld != evaluate.Few {
		t.Errorf("%+v", e)
	}
	p := r.Routes[1]
	if p.Pathway != appliance.SecondReadPathway || p.N != 5 || p.Routes[appliance.SecondRead] != 5 || p.ByTruth["mel"][appliance.SecondRead] != 2 || p.Hits["X15"] != 5 {
		t.Errorf("%+v", p)
	}
	rows := r.Pictures()
	if got := strings.Join(rows[0], ","); got != "image_id,truth,most_severe,set,unlikeness,took_ms,p_nv,p_mel,p_sk,route_SHADOW,route_SECOND_READ,notice" {
		t.Error(got)
	}
	if got := strings.Join(rows[5], ","); got != "e,sk,MEL,MEL BENIGN,0.52,5.0,0.1,0.42,0.48,DERM_REVIEW_NO_AI,SECOND_READ," {
		t.Error(got)
	}
}

// Labels that do not exclude each other have a likelihood each: (-ln .9 -ln .8 -ln .5) / 3 of every picture here.
func TestLikelihoodOfIndependentLabels(t *testing.T) {
	m := manifest()
	m.Output.Activation = pack.Sigmoid
	var list []evaluate.Picture
	for range 10 {
		list = append(list, judgedPicture("a", "nv", 0.9, 0.2, 0.5))
	}
	about(t, "nll", evaluate.New(m, bootstrap, list).Calibration.NLL.Value, (-math.Log(.9)-math.Log(.8)-math.Log(.5))/3, 1e-12)
}

// When nothing is out of order resampling would claim certainty: the interval is withheld.
func TestApart(t *testing.T) {
	var list []evaluate.Picture
	for range 12 {
		list = append(list, judgedPicture("a", "nv", 0.9, 0.05, 0.05), judgedPicture("b", "mel", 0.1, 0.8, 0.1))
	}
	r := evaluate.New(manifest(), bootstrap, list)
	if a := r.Labels[0].AUC; a.Value == nil || *a.Value != 1 || a.Low != nil || a.Withheld != evaluate.Apart || !strings.HasPrefix(a.String(), "1.000 (no interval") {
		t.Errorf("%+v", a)
	}
	if a := r.Labels[2].AUC; a.Withheld != evaluate.None {
		t.Errorf("%+v", a)
	}
}

func TestROC(t *testing.T) {
	got := evaluate.ROC([]float64{0.9, 0.4, 0.4}, []float64{0.4, 0.1})
	want := []evaluate.Point{{0, 0, 2}, {0, 1. / 3, 0.9}, {0.5, 1, 0.4}, {1, 1, 0.1}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

func whole(t *testing.T, m *pack.Manifest) evaluate.Report {
	t.Helper()
	list := madeUp()
	for i := range list {
		list[i].Age = evaluate.AgeBand(i)
		if i < 5 {
			list[i].Sex = evaluate.Unknown
		}
	}
	r := evaluate.New(m, bootstrap, list)
	r.Notice, r.Optics = "simulation, not for clinical use", "sim"
	r.Model.ID, r.Model.Version, r.Model.Digest, r.Model.Status = "m", 1, "sha256:"+strings.Repeat("0", 64), pack.Simulation
	r.Rules = evaluate.Rules{Version: "r/1", Digest: "d", From: "box"}
	r.Timing.Workers, r.Set.Rows = 2, 121
	r.Set.Left["missing"] = 1
	r.Set.LeftOut = []evaluate.LeftOut{evaluate.Leave(evaluate.Row{Line: 3, ID: "x"}, evaluate.LeftMissing, "path", "a.jpg")}
	r.GroupBy(evaluate.ByAge)
	r.GroupBy(evaluate.BySex)
	return r
}

func TestGroups(t *testing.T) {
	r := whole(t, manifest())
	ages, sexes := r.Groups[0], r.Groups[1]
	var names []string
	n := 0
	for _, p := range ages.Parts {
		names, n = append(names, p.Value), n+p.N
		if p.N >= evaluate.MinGroup && (p.Flagged == nil || p.CannotJudge.N != p.N || len(p.Labels) != 3) {
			t.Errorf("%+v", p)
		}
	}
	if got := strings.Join(names, " "); got != "0-17 18-29 30-44 45-59 60-74 75+" || n != 120 {
		t.Errorf("%s, %d", got, n)
	}
	few := sexes.Parts[1]
	if few.Value != evaluate.Unknown || few.N != 5 || few.Withheld != evaluate.Few || few.Labels != nil || few.Flagged != nil {
		t.Errorf("%+v", few)
	}
	for years, want := range map[int]string{0: "0-17", 17: "0-17", 18: "18-29", 74: "60-74", 75: "75+", 130: "75+", 131: evaluate.Unknown} {
		if got := evaluate.AgeBand(years); got != want {
			t.Errorf("%d: %s", years, got)
		}
	}
}

// The same pictures and seed give the same report, whatever else is counted; another seed gives other intervals and the same figures.
func TestSameSeedSameReport(t *testing.T) {
	a, b := whole(t, manifest()), whole(t, manifest())
	first, _ := json.Marshal(a)
	second, _ := json.Marshal(b)
	if !bytes.Equal(first, second) {
		t.Error("two reports of the same pictures differ")
	}
	other := evaluate.New(manifest(), evaluate.Bootstrap{Resamples: 2000, Seed: 2}, madeUp())
	if *other.Labels[0].AUC.Value != *a.Labels[0].AUC.Value || *other.Labels[0].AUC.Low == *a.Labels[0].AUC.Low {
		t.Errorf("%v and %v", other.Labels[0].AUC, a.Labels[0].AUC)
	}
}

func TestReportFitsItsSchema(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(evaluate.JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("e.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("e.json")
	if err != nil {
		t.Fatal(err)
	}
	validate := func(raw []byte) error {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		return s.Validate(v)
	}
	plain := manifest()
	plain.Output.Distribution = nil
	for _, m := range []*pack.Manifest{manifest(), plain} {
		raw, err := json.Marshal(whole(t, m))
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(raw); err != nil {
			t.Error(err)
		}
		for _, change := range [][2]string{{`"schema":"dermbox.evaluation/1"`, `"schema":"dermbox.evaluation/2"`}, {`"optics":"sim",`, ``},
			{`"reason":"missing"`, `"reason":"lost"`}, {`"withheld":"few"`, `"withheld":"no"`}, {`"called_benign"`, `"benign"`}} {
			spoilt := strings.Replace(string(raw), change[0], change[1], 1)
			if spoilt == string(raw) || validate([]byte(spoilt)) == nil {
				t.Errorf("%s: taken", change)
			}
		}
	}
}

// Every key of the JSON and every column of pictures.csv stands in the documentation.
func TestKeysAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/model-evaluation.md")
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(evaluate.JSONSchema(), &schema); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	var walk func(node any)
	walk = func(node any) {
		switch v := node.(type) {
		case map[string]any:
			properties, _ := v["properties"].(map[string]any)
			for key := range properties {
				keys[key] = true
			}
			for _, child := range v {
				walk(child)
			}
			values, _ := v["enum"].([]any)
			for _, value := range values {
				keys[fmt.Sprint(value)] = true
			}
		case []any:
			for _, child := range v {
				walk(child)
			}
		}
	}
	walk(schema)
	for _, column := range whole(t, manifest()).Pictures()[0] {
		if !strings.HasPrefix(column, "p_") && !strings.HasPrefix(column, "route_") {
			keys[column] = true
		}
	}
	for _, known := range []string{"evaluation", "approved", "TRIAGE_PRIORITY", "AUTONOMOUS_BENIGN"} { // docs/models.md has them
		delete(keys, known)
	}
	if len(keys) < 70 {
		t.Errorf("%d keys: the test does not see the schema", len(keys))
	}
	for key := range keys {
		if !strings.Contains(string(page), "`"+key+"`") {
			t.Errorf("docs/model-evaluation.md says nothing of %s", key)
		}
	}
}
