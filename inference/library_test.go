package inference_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"dermbox/inference"
)

// The pins are the checksums that setup installs by: no more and no fewer.
func TestLibraryPinsAreThoseOfSetup(t *testing.T) {
	text, err := os.ReadFile("../firmware/setup/tflite.sums")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 4 && fields[0] != "#" {
			want = append(want, fields[3])
		}
	}
	if got := inference.LibraryPins(); len(got) == 0 || !slices.Equal(got, want) {
		t.Fatalf("pins %v, setup installs %v", got, want)
	}
}
