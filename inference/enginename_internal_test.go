package inference

import (
	"strings"
	"testing"
)

func TestEngineName(t *testing.T) {
	long := strings.Repeat("x", 200)
	for told, want := range map[string]string{
		"TFLite 2.21.0 XNNPACK": "TFLite 2.21.0 XNNPACK", "": "", long: long[:100], "a\nb\x1b[2J\x00": "a?b?[2J?", "caf\u00e9\u202e": "caf??",
		"\xff\xfe": "??", long[:99] + "\u00e9": long[:99] + "?",
	} {
		if got := engineName(told); got != want || len(got) > longestEngine {
			t.Errorf("%q became %q, want %q", told, got, want)
		}
	}
}
