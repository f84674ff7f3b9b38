package evaluate_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dermbox/appliance/text"
	"dermbox/inference/evaluate"
)

// TestKeysAndSentences holds the keys of this package against the catalogue, both ways; those that are put together are listed.
func TestKeysAndSentences(t *testing.T) {
	used := []string{"evaluation.withheld.few_each"}
	for _, reason := range []string{evaluate.LeftShort, evaluate.LeftEmpty, evaluate.LeftUnknown, evaluate.LeftOutside, evaluate.LeftDuplicate, evaluate.LeftMissing,
		evaluate.LeftTooLarge, evaluate.LeftNoJPEG, evaluate.LeftUnjudged, evaluate.BlankedValue} {
		used = append(used, "evaluation.left."+reason)
	}
	for _, why := range []string{evaluate.None, evaluate.Few, evaluate.Apart} {
		used = append(used, "evaluation.withheld."+why)
	}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	whole, chart := regexp.MustCompile(`"(evaluation\.[a-z_]+(?:\.[a-z_]+)*)"`), regexp.MustCompile(`\bsay\("([a-z_]+)"`)
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range whole.FindAllStringSubmatch(string(raw), -1) {
			used = append(used, m[1])
		}
		for _, m := range chart.FindAllStringSubmatch(string(raw), -1) {
			used = append(used, "evaluation.chart."+m[1])
		}
	}
	for _, key := range used {
		if !text.Has(key) {
			t.Errorf("no sentence for %s", key)
		}
	}
	for _, key := range text.Keys() {
		if strings.HasPrefix(key, "evaluation.") && !slices.Contains(used, key) {
			t.Errorf("nothing says %s", key)
		}
	}
	if len(used) < 40 {
		t.Errorf("%d keys: the test does not see the code", len(used))
	}
}
