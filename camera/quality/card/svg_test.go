package card_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"dermbox/camera/quality/card"
)

var update = flag.Bool("update", false, "draw docs/reference-card.svg anew")

// The card that is printed is the card that is read.
func TestPrintedCard(t *testing.T) {
	const path = "../../../docs/reference-card.svg"
	l := card.Newest()
	drawn := l.SVG()
	if *update {
		if err := os.WriteFile(path, drawn, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(kept, drawn) {
		t.Errorf("docs/reference-card.svg is not the newest card: go test ./camera/quality/card -update (%v)", err)
	}
	discs := 0
	for d := xml.NewDecoder(bytes.NewReader(drawn)); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "circle" {
			discs++
		}
	}
	cores := 0
	for _, core := range l.Code {
		if core {
			cores++
		}
	}
	if want := 1 + len(l.Patches) + card.Marks + cores; discs != want || !strings.Contains(string(drawn), l.Ref()) {
		t.Errorf("%d discs, not %d", discs, want)
	}
}
