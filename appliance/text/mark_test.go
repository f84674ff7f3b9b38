package text_test

import (
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

func TestMark(t *testing.T) {
	for _, status := range []string{"simulation", "demonstration", "evaluation", "unknown", "of tomorrow"} {
		if mark := text.Mark(status); !strings.Contains(mark, "not for clinical use") {
			t.Errorf("%s: %q", status, mark)
		}
	}
	for _, status := range []string{"", appliance.Approved} {
		if mark := text.Mark(status); mark != "" {
			t.Errorf("%q: %q", status, mark)
		}
	}
}
