package worker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The score is raised and never lowered; no machine that tests run on has all of these.
func TestGoFirst(t *testing.T) {
	for before, want := range map[string]string{"0\n": "500", "-900\n": "500", "499\n": "500", "500\n": "500", "800\n": "800", "odd": "odd"} {
		path := filepath.Join(t.TempDir(), "oom_score_adj")
		if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		goFirst(path)
		if raw, err := os.ReadFile(path); err != nil || strings.TrimSpace(string(raw)) != want {
			t.Errorf("%q became %q, %v", before, raw, err)
		}
	}
	goFirst(filepath.Join(t.TempDir(), "none"))
}
