package evaluate_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"dermbox/inference/evaluate"
)

func TestCharts(t *testing.T) {
	charts, again := whole(t, manifest()).Charts(), whole(t, manifest()).Charts()
	var names []string
	for i, c := range charts {
		names = append(names, c.Name)
		if !bytes.Equal(c.SVG, again[i].SVG) {
			t.Errorf("%s: other bytes for the same report", c.Name)
		}
		svg := string(c.SVG)
		wellFormed(t, c)
		for _, part := range []string{`role="img"`, "<title id=\"t\">", "<desc id=\"d\">Model m/1, 120 pictures through sim. ", ">The model is: simulation, not for clinical use.</text>"} {
			if !strings.Contains(svg, part) {
				t.Errorf("%s has no %s", c.Name, part)
			}
		}
		if at := regexp.MustCompile(`NaN|Inf|NOVERB|\[evaluation|%!|\{[a-z]+\}`).FindString(svg); at != "" {
			t.Errorf("%s holds %s", c.Name, at)
		}
	}
	if got := strings.Join(names, " "); got != "reliability.svg roc-nv.svg reliability-nv.svg scores-nv.svg roc-mel.svg reliability-mel.svg scores-mel.svg roc-sk.svg reliability-sk.svg scores-sk.svg" {
		t.Error(got)
	}
	// Each line of a chart has a dash and a mark of its own, so that it reads in grey.
	dashes := regexp.MustCompile(`stroke-width="2" stroke-dasharray="([^"]*)"`).FindAllStringSubmatch(string(charts[3].SVG), -1)
	seen := map[string]bool{}
	for _, d := range dashes {
		seen[d[1]] = true
	}
	if len(seen) < 4 { // three truths and the threshold
		t.Errorf("%d kinds of line", len(seen))
	}
	if !strings.Contains(string(charts[1].SVG), `fill-opacity`) || !strings.Contains(string(charts[1].SVG), "29 of 60: 48.3 % (36.2 to 60.7)") {
		t.Error("the ROC curve has no band, or no sensitivity at the threshold")
	}
}

// An approved model's charts say nothing of clinical use, a foreign label's name stays text, and what is withheld is not drawn.
func TestChartsOfFew(t *testing.T) {
	r := evaluate.New(manifest(), bootstrap, madeUp()[:8])
	r.Model.ID = `<b>&"`
	for _, c := range r.Charts() {
		wellFormed(t, c)
		if strings.Contains(string(c.SVG), "clinical") || strings.HasPrefix(c.Name, "roc-") {
			t.Errorf("%s:\n%s", c.Name, c.SVG)
		}
	}
}

func wellFormed(t *testing.T, c evaluate.Chart) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(c.SVG)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
	}
}
