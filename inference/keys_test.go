package inference_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dermbox/appliance/text"
)

// TestKeysAndSentences holds the code's keys of this area against the catalogue, both ways: keys also stand in calls that the
// catalogue's own test does not see.
func TestKeysAndSentences(t *testing.T) {
	form := regexp.MustCompile(`"(inference\.[a-z_]+(?:\.[a-z_]+)*)"`)
	used := []string{}
	for _, root := range []string{".", "../cmd", "../appliance"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			raw, err := os.ReadFile(path)
			for _, m := range form.FindAllStringSubmatch(string(raw), -1) {
				if used = append(used, m[1]); !text.Has(m[1]) {
					t.Errorf("%s: no sentence for %s", path, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range text.Keys() {
		if strings.HasPrefix(key, "inference.") && !slices.Contains(used, key) {
			t.Errorf("nothing says %s", key)
		}
	}
	if len(used) < 40 {
		t.Fatalf("%d keys found: the test does not see the code", len(used))
	}
}
