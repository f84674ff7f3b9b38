package kiosk_test

import (
	"testing"

	"dermbox/ui/kiosk"
)

// TestAPressGoesToTheNewestPageThatCaptures, and to it once; to a page that only watches never.
func TestAPressGoesToTheNewestPageThatCaptures(t *testing.T) {
	presses := newPresses()
	x, all := watched(t, func(o *kiosk.Options) { o.Presses = presses })
	older, newer := x.watch("?capture=1"), x.watch("?capture=1")
	onlyWatches, otherwise := x.watch(""), x.watch("?capture=0")
	x.eventually("both pages listen", func() bool { return presses.listening() == 2 })
	for id := uint64(1); id <= 20; id++ {
		presses.press()
		if p := newer.word(); p != (word{Type: "press", ID: id}) {
			t.Fatalf("told %+v, want press %d", p, id)
		}
	}
	newer.conn.Close()
	x.eventually("the newer page is gone", func() bool { return presses.listening() == 1 && all.Status().Viewers == 3 })
	presses.press()
	if p := older.word(); p != (word{Type: "press", ID: 21}) {
		t.Fatalf("told %+v, want press 21", p)
	}
	x.preview.publish(1) // comes after all that was said before
	for _, w := range []*watcher{older, onlyWatches, otherwise} {
		w.frame()
		w.quiet()
	}
}

// TestAPressReachesAPageThatIsBehind: frames that wait for their answer hold up no press.
func TestAPressReachesAPageThatIsBehind(t *testing.T) {
	presses := newPresses()
	x, _ := watched(t, func(o *kiosk.Options) { o.Presses = presses })
	w := x.watch("?capture=1")
	for seq := uint64(1); seq <= 2; seq++ {
		x.preview.publish(seq)
		w.frame()
	}
	x.preview.publish(3)
	x.eventually("the page listens", func() bool { return presses.listening() == 1 })
	presses.press()
	if p := w.word(); p != (word{Type: "press", ID: 1}) {
		t.Fatalf("told %+v", p)
	}
}

// TestAPressBeforeAPageOpensIsNotItsOwn: the hand did not mean this patient.
func TestAPressBeforeAPageOpensIsNotItsOwn(t *testing.T) {
	presses := newPresses()
	x, _ := watched(t, func(o *kiosk.Options) { o.Presses = presses })
	if n := presses.press(); n != 0 {
		t.Fatalf("%d pages were told", n)
	}
	w := x.watch("?capture=1")
	x.eventually("the page listens", func() bool { return presses.listening() == 1 })
	x.preview.publish(1)
	w.frame()
	w.quiet()
}
