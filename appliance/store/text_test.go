package store_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSentences holds the error keys in the code of the storage packages and their sentences to each other, with their
// placeholders.
func TestSentences(t *testing.T) {
	raw, err := os.ReadFile("../text/en/storage.json")
	must(t, err)
	sentences := map[string]string{}
	must(t, json.Unmarshal(raw, &sentences))
	used := map[string]bool{}
	quoted := regexp.MustCompile(`(?:E\(appliance\.\w+, |FieldError\("\w+", |Quarantined, |key(?:SetAside|Rejected) += |again\(ctx, tx, id, |orNotFound\(err, |LastError = )"((?:storage|staff)\.[a-z_.]+)"([^\n]*)`)
	for _, dir := range []string{"durable", "vault", "audit", "images", "store", "staff"} {
		files, err := filepath.Glob("../" + dir + "/*.go")
		must(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			code, err := os.ReadFile(file)
			must(t, err)
			for _, m := range quoted.FindAllStringSubmatch(string(code), -1) {
				used[m[1]] = true
				if sentences[m[1]] == "" {
					t.Errorf("%s: %s has no sentence", file, m[1])
				}
			}
		}
	}
	for key := range sentences {
		if !used[key] {
			t.Errorf("%s is in storage.json and nowhere in the code", key)
		}
	}
	if len(used) < 50 {
		t.Errorf("only %d keys found: the pattern no longer fits the code", len(used))
	}
}
