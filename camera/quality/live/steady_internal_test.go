package live

import (
	"math/rand/v2"
	"testing"
	"time"
)

// It is an internal test because what is steady has no need of frames, a judge and a page.

// hints are the states of a picture in the tables, by their letter; "." knows nothing.
func hintOf(letter byte) Hint {
	switch letter {
	case '.':
		return Hint{}
	case 'g':
		return Hint{Known: true, Pass: true}
	}
	return Hint{Known: true, Hard: letter < 'a', Key: string(letter)}
}

func letterOf(h Hint) byte {
	switch {
	case !h.Known:
		return '.'
	case h.Pass:
		return 'g'
	}
	return h.Key[0]
}

func TestHintsAreSteady(t *testing.T) {
	const usual = 200 * time.Millisecond
	for name, tt := range map[string]struct {
		step time.Duration
		seen string // one letter for each verdict
		want string // what is shown after it
	}{
		"good stays good":                {usual, "gggg", "gggg"},
		"the first is shown at once":     {usual, "b", "b"},
		"a change that lasts":            {usual, "gbbbb", "ggbbb"},
		"and back":                       {usual, "gbbbggg", "ggbbbgg"},
		"a single frame":                 {usual, "ggbgggbg", "gggggggg"},
		"alternating":                    {usual, "gbgbgbgbgbgb", "gggggggggggg"},
		"alternating between two faults": {usual, "bdbdbdbdbdbd", "bbbbbbbbbbbb"},
		"two faults in turn, never good": {usual, "gbdbdbdbd", "ggddddddd"},
		"soft and hard differ":           {usual, "bBBB", "bbBB"},
		"quick verdicts wait":            {50 * time.Millisecond, "gbbbbbbbbbbb", "ggggggggbbbb"},
		"slow verdicts":                  {time.Second, "gbbg", "ggbb"},
		"nothing is known":               {usual, "bb.", "bb."},
		"and what comes then is new":     {usual, "bb.gg", "bb.gg"},
		"nothing of the doubt stays":     {usual, "gb.gb", "gg.gg"},
	} {
		t.Run(name, func(t *testing.T) {
			var s steady
			shown := make([]byte, len(tt.seen))
			for i := range tt.seen {
				shown[i] = letterOf(s.show(hintOf(tt.seen[i]), int64(i)*int64(tt.step)))
			}
			if string(shown) != tt.want {
				t.Errorf("after %s it showed %s, want %s", tt.seen, shown, tt.want)
			}
		})
	}
}

// TestNoHintIsShorterThanHold goes through a long time of whatever may come, at about five a second.
func TestNoHintIsShorterThanHold(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var s steady
	var now, since int64
	last, changes := byte('.'), 0
	for range 20000 {
		now += int64(150*time.Millisecond) + r.Int64N(int64(100*time.Millisecond))
		seen := "gggbbdD"[r.IntN(7)]
		if shown := letterOf(s.show(hintOf(seen), now)); shown != last {
			if last != '.' && now-since < int64(Hold) {
				t.Fatalf("%c stood for %v", last, time.Duration(now-since))
			}
			last, since, changes = shown, now, changes+1
		}
	}
	if changes < 1000 {
		t.Errorf("only %d changes", changes)
	}
}

// TestWordsAreSteadyAndBarsAreNot: a meter's word waits as a sentence does; its bar shows what is.
func TestWordsAreSteadyAndBarsAreNot(t *testing.T) {
	var s steady
	for i, share := range []float64{0.9, 0.3, 0.8, 0.2, 0.7} {
		m := Meter{Name: MeterFocus, Key: "sharp", Share: share, Good: true}
		if share < 0.5 {
			m.Key, m.Good = "blurred", false
		}
		h := s.show(Hint{Known: true, Meters: []Meter{m}}, int64(i)*int64(every))
		if got := h.Meters[0]; got != (Meter{MeterFocus, "sharp", share, true}) {
			t.Errorf("frame %d: %+v", i, got)
		}
	}
	s.show(Hint{Known: true}, int64(5*every))
	blurred := Meter{Name: MeterFocus, Key: "blurred"}
	if h := s.show(Hint{Known: true, Meters: []Meter{blurred}}, int64(6*every)); h.Meters[0] != blurred {
		t.Errorf("a meter that comes anew: %+v", h.Meters[0])
	}
}
