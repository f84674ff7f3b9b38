package train_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/inference/evaluate"
	"dermbox/inference/pack"
)

// proof is what training left behind: from these numbers the pack's thresholds were taken.
const proof = "../../docs/proof/demonstration-model"

func TestDemonstrationPackSaysWhatItIs(t *testing.T) {
	p, raw := committed(t, "demonstration")
	m := p.Manifest
	if m.Status != pack.Demonstration || len(m.Optics) != 1 || m.Optics[0].ID != appliance.OpticsPublicISIC {
		t.Fatalf("status %s, optics %v", m.Status, m.Optics)
	}
	if slices.Contains(m.Pathways, appliance.SecondReadPathway) || slices.Contains(m.Pathways, appliance.AutonomousBenign) {
		t.Errorf("pathways %v: three classes are too few to lower a route", m.Pathways)
	}
	for what, text := range map[string]string{"intended use": m.IntendedUse, "card": p.Card} {
		if !strings.Contains(strings.ToLower(text), "not for clinical use") {
			t.Errorf("the %s does not say what it is", what)
		}
	}
	if len(raw) > 16<<20 {
		t.Errorf("%d bytes", len(raw))
	}
	if d := m.Output.Distribution; d == nil || d.Method != pack.FeatureResidual {
		t.Errorf("out of distribution: %+v: plain skin would pass as benign", d)
	}
}

// TestCardIsTheOneInTheDocs: what a reader of the docs learns is what a box's administrator learns.
func TestCardIsTheOneInTheDocs(t *testing.T) {
	p, _ := committed(t, "demonstration")
	text, err := os.ReadFile("../../docs/model-card.md")
	if err != nil {
		t.Fatal(err)
	}
	if p.Card != string(text) {
		t.Error("docs/model-card.md is not the card of the committed pack: copy it from the training's results")
	}
}

// TestThresholdsFollowFromTheAnswers: nobody has set them by hand since.
func TestThresholdsFollowFromTheAnswers(t *testing.T) {
	p, _ := committed(t, "demonstration")
	kind := "float"
	if p.Manifest.Input.DType == "int8" {
		kind = "int8"
	}
	found, melanomas, stopped, all := 0, 0, 0, 0
	for _, row := range table(t, "cross-validation.csv") {
		if row["dx"] == "mel" {
			melanomas++
			if number(t, row[kind+"_mel"]) >= p.Manifest.Output.Classes["mel"].Threshold {
				found++
			}
		}
		if all++; number(t, row[kind+"_unlike"]) > p.Manifest.Output.Distribution.Limit {
			stopped++
		}
	}
	const wanted = 0.95
	if share := float64(found) / float64(melanomas); share < wanted || share > wanted+2/float64(melanomas) {
		t.Errorf("the threshold finds %d of %d melanomas of the cross-validation, want %v of them and hardly more", found, melanomas, wanted)
	}
	if share := float64(stopped) / float64(all); share < 0.045 || share > 0.055 {
		t.Errorf("the limit stops %d of %d pictures of the cross-validation, want 5 %%", stopped, all)
	}
}

// BenchmarkRecordDemonstrationModel counts the figures again from the committed answers of the cross-validation. Aims are those of the
// model's issue; what lies below them is an error.
func BenchmarkRecordDemonstrationModel(b *testing.B) {
	p, _ := committed(b, "demonstration")
	kind := "float"
	if p.Manifest.Input.DType == "int8" {
		kind = "int8"
	}
	rows, unlike := table(b, "cross-validation.csv"), table(b, "unlike.csv")
	var mel, sk, strange float64
	for b.Loop() {
		mel, sk, strange = area(b, rows, kind, "mel"), area(b, rows, kind, "sk"), areaUnlike(b, rows, unlike, kind)
	}
	for name, v := range map[string][2]float64{"cv_auc_mel": {mel, 0.80}, "cv_auc_sk": {sk, 0.90}, "ood_auroc": {strange, 0.95}} {
		b.ReportMetric(v[0], "model."+name+":auc")
		b.ReportMetric(v[1], "model."+name+":auc:aim")
		if v[0] < v[1] {
			b.Errorf("model.%s is %.4f, the aim is %v", name, v[0], v[1])
		}
	}
}

func area(t testing.TB, rows []map[string]string, kind, label string) float64 {
	var with, without []float64
	for _, row := range rows {
		if p := number(t, row[kind+"_"+label]); row["dx"] == label {
			with = append(with, p)
		} else {
			without = append(without, p)
		}
	}
	return evaluate.AUC(with, without)
}

// areaUnlike takes the half of the unlike pictures that chose nothing, as each fold's model scored it.
func areaUnlike(t testing.TB, rows, unlike []map[string]string, kind string) float64 {
	var with, without []float64
	for _, row := range rows {
		without = append(without, number(t, row[kind+"_unlike"]))
	}
	for _, row := range unlike {
		for fold := 0; row["half"] == "report" && row[kind+"_"+strconv.Itoa(fold)] != ""; fold++ {
			with = append(with, number(t, row[kind+"_"+strconv.Itoa(fold)]))
		}
	}
	return evaluate.AUC(with, without)
}

// table reads a CSV of the proof, each line by its headings.
func table(t testing.TB, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(proof, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) < 2 {
		t.Fatalf("%s: %d lines, %v", name, len(lines), err)
	}
	out := make([]map[string]string, len(lines)-1)
	for i, line := range lines[1:] {
		out[i] = map[string]string{}
		for j, heading := range lines[0] {
			out[i][heading] = line[j]
		}
	}
	return out
}

func number(t testing.TB, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestResultsAreOfTheFileThatIsShipped: the file was chosen by the rule, not by taste.
func TestResultsAreOfTheFileThatIsShipped(t *testing.T) {
	p, _ := committed(t, "demonstration")
	raw, err := os.ReadFile(filepath.Join(proof, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var results struct {
		Shipped      string             `json:"shipped"`
		Milliseconds map[string]float64 `json:"milliseconds"`
		Bytes        map[string]int     `json:"bytes"`
	}
	if err := json.Unmarshal(raw, &results); err != nil {
		t.Fatal(err)
	}
	if results.Bytes[results.Shipped] != len(p.Model) {
		t.Errorf("the pack's model has %d bytes, results.json says %s of %v", len(p.Model), results.Shipped, results.Bytes)
	}
	rows := table(t, "cross-validation.csv")
	for kind, ms := range results.Milliseconds {
		near := area(t, rows, kind, "mel") > area(t, rows, results.Shipped, "mel")-0.01 && area(t, rows, kind, "sk") > area(t, rows, results.Shipped, "sk")-0.01
		if near && ms < results.Milliseconds[results.Shipped] {
			t.Errorf("%s runs in %v ms, the shipped %s in %v, and is as good", kind, ms, results.Shipped, results.Milliseconds[results.Shipped])
		}
	}
}
