package kiosk_test

import (
	"net/http"
	"testing"

	"github.com/gorilla/websocket"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/ui/kiosk"
)

// watched is a rig of which somebody counts the viewers.
func watched(t *testing.T, change ...func(*kiosk.Options)) (*rig, *kiosk.Viewers) {
	t.Helper()
	all := &kiosk.Viewers{}
	x := newRig(t, append(change, func(o *kiosk.Options) { o.Viewers = all })...)
	x.signIn()
	return x, all
}

func TestPreviewSendsTheCamerasFrames(t *testing.T) {
	x, _ := watched(t)
	w := x.watch("")
	for seq := range uint64(20) {
		x.preview.publish(seq + 100)
		if f := w.frame(); uint64(f.seq) != seq+100 || f.flags != 0 || f.exposedMS != 1234.5 || f.jpeg != "jpeg" {
			t.Fatalf("frame %+v, want %d", f, seq+100)
		}
		w.answer(uint32(seq + 100))
	}
}

// TestASlowViewerLosesFrames: two frames are on their way, then nothing until one is answered, and then the newest.
func TestASlowViewerLosesFrames(t *testing.T) {
	x, all := watched(t)
	w := x.watch("")
	for seq := range uint64(2) {
		x.preview.publish(seq + 1)
		w.frame()
	}
	for seq := uint64(3); seq <= 10; seq++ {
		x.preview.publish(seq)
	}
	w.answer(1)
	if f := w.frame(); f.seq != 10 {
		t.Errorf("after the pause came %d, not the newest", f.seq)
	}
	x.eventually("the frame is counted", func() bool { return all.Status().Sent == 3 })
	if s := all.Status(); s.Viewers != 1 || s.Dropped != 7 || s.Stray != 0 || len(s.Watching) != 1 || s.Watching[0] != (appliance.ViewerStatus{Sent: 3, Dropped: 7}) {
		t.Errorf("status %+v, want 3 sent and 7 dropped", s)
	}
	x.preview.publish(11)
	w.quiet() // two are on their way
}

// TestOnlyTheAnswerOfAFrameOnItsWayFrees: neither a sequence that is not on its way nor the same one again nor anything else.
func TestOnlyTheAnswerOfAFrameOnItsWayFrees(t *testing.T) {
	for name, say := range map[string]func(*watcher){
		"never sent":  func(w *watcher) { w.answer(77) },
		"twice":       func(w *watcher) { w.answer(1) },
		"not yet":     func(w *watcher) { w.answer(4) },
		"too short":   func(w *watcher) { w.say([]byte{0, 0, 2}) },
		"too long":    func(w *watcher) { w.say([]byte{0, 0, 0, 2, 0}) },
		"of no bytes": func(w *watcher) { w.say(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			x, all := watched(t)
			w := x.watch("")
			for seq := uint64(1); seq <= 2; seq++ {
				x.preview.publish(seq)
				w.frame()
			}
			w.answer(1)
			x.preview.publish(3)
			w.frame()
			say(w)
			x.eventually("the stray answer is counted", func() bool { return all.Status().Stray == 1 })
			x.preview.publish(4)
			w.quiet() // 2 and 3 are still on their way
		})
	}
}

// TestACameraThatNumbersAnew: the same sequence may be on its way twice, and each has its answer.
func TestACameraThatNumbersAnew(t *testing.T) {
	x, all := watched(t)
	w := x.watch("")
	for range 2 {
		x.preview.publish(1)
		w.frame()
	}
	w.answer(1)
	w.answer(1)
	for seq := uint64(2); seq <= 3; seq++ {
		x.preview.publish(seq)
		w.frame()
	}
	if s := all.Status(); s.Stray != 0 {
		t.Errorf("%d answers count as stray", s.Stray)
	}
}

// TestASlowViewerSlowsNobody: beside one who never answers, another gets every single frame, and the camera waits for neither.
func TestASlowViewerSlowsNobody(t *testing.T) {
	const frames = 200
	x, all := watched(t)
	slow, quick := x.watch(""), x.watch("")
	for seq := uint64(1); seq <= frames; seq++ {
		x.preview.publish(seq)
		if f := quick.frame(); uint64(f.seq) != seq {
			t.Fatalf("the quick viewer got %d instead of %d", f.seq, seq)
		}
		quick.answer(uint32(seq))
		if seq <= 2 {
			slow.frame()
		}
	}
	x.eventually("all are counted", func() bool { return all.Status().Sent == frames+2 })
	s := all.Status()
	if s.Watching[0] != (appliance.ViewerStatus{Sent: 2, Dropped: frames - 3}) || s.Watching[1] != (appliance.ViewerStatus{Sent: frames}) {
		t.Errorf("the slow and the quick viewer: %+v", s.Watching)
	}
	slow.quiet()
}

// TestNothingStaleSurvivesAStall: the stall is told at once, frames from before it are not sent after it, not even one that had
// been taken for the viewer, and all resumes by itself.
func TestNothingStaleSurvivesAStall(t *testing.T) {
	x, all := watched(t)
	w := x.watch("")
	x.preview.publish(1)
	w.frame() // and it is never answered: what is on its way holds up no word
	release := x.preview.hold()
	x.preview.publish(2)
	x.eventually("the next frame is taken, and not sent yet", x.preview.taken.Load)
	x.preview.becomes(camera.StateStalled)
	x.preview.publish(3) // the newest of the past
	close(release)
	want := word{Type: "state", Key: camera.StateStalled, Sentence: text.T(camera.StateStalled, nil)}
	if s := w.word(); s != want {
		t.Fatalf("told %+v, want %+v", s, want)
	}
	x.preview.becomes(camera.StateUnreachable)
	if s := w.word(); s.Ready || s.Sentence != text.T(camera.StateUnreachable, map[string]string{"source": "USB 1"}) {
		t.Fatalf("told %+v", s)
	}
	if n := x.preview.hub.Subscribers(); n != 0 {
		t.Errorf("%d subscriptions hold frames of the past", n)
	}
	x.preview.becomes(camera.StateReady)
	if s := w.word(); s != (word{Type: "state", Key: camera.StateReady, Ready: true}) {
		t.Fatalf("told %+v", s)
	}
	x.eventually("the viewer subscribes again", func() bool { return x.preview.hub.Subscribers() == 1 })
	x.preview.publish(4)
	if f := w.frame(); f.seq != 4 {
		t.Errorf("frame %d came after the stall, want 4", f.seq)
	}
	if s := all.Status(); s.Dropped == 0 {
		t.Error("what was withheld is not counted")
	}
}

// TestAStallIsToldToWhoCannotTakeFrames: with two frames unanswered the word comes all the same.
func TestAStallIsToldToWhoCannotTakeFrames(t *testing.T) {
	x, _ := watched(t)
	w := x.watch("")
	for seq := uint64(1); seq <= 2; seq++ {
		x.preview.publish(seq)
		w.frame()
	}
	x.preview.publish(3)
	x.preview.becomes(camera.StateFrozen)
	if s := w.word(); s.Ready || s.Key != camera.StateFrozen {
		t.Fatalf("told %+v", s)
	}
	x.preview.becomes(camera.StateReady)
	if s := w.word(); !s.Ready {
		t.Fatalf("told %+v", s)
	}
	w.answer(1)
	x.eventually("the viewer subscribes again", func() bool { return x.preview.hub.Subscribers() == 1 })
	x.preview.publish(4)
	if f := w.frame(); f.seq != 4 {
		t.Errorf("frame %d came after the stall, want 4", f.seq)
	}
}

// TestAPageThatOpensDuringAStall is told so first, and gets frames when they come.
func TestAPageThatOpensDuringAStall(t *testing.T) {
	x, _ := watched(t)
	x.preview.becomes(camera.StateNoWorker)
	conn, _, err := x.dial("", x.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := &watcher{t, conn}
	if s := w.word(); s.Ready || s.Sentence != text.T(camera.StateNoWorker, nil) {
		t.Fatalf("told %+v", s)
	}
	x.preview.becomes(camera.StateReady)
	if s := w.word(); !s.Ready {
		t.Fatalf("told %+v", s)
	}
}

func TestPreviewIsForOurPagesOnly(t *testing.T) {
	x := newRig(t)
	if _, res, err := x.dial("", x.server.URL); err == nil || res == nil || res.StatusCode == http.StatusSwitchingProtocols {
		t.Errorf("somebody who has not signed in watches: %v", err)
	}
	x.signIn()
	for _, origin := range []string{"https://evil.example", "http://127.0.0.1:1", "null"} {
		if _, res, err := x.dial("", origin); err == nil || res == nil || res.StatusCode != http.StatusForbidden {
			t.Errorf("origin %q watches: %v", origin, err)
		}
	}
	if n := x.preview.hub.Subscribers(); n != 0 {
		t.Errorf("%d places open", n)
	}
}

func TestLeavingGivesThePlaceUp(t *testing.T) {
	x, all := watched(t)
	for seq := range uint64(3) {
		w := x.watch("")
		x.preview.publish(seq)
		w.frame()
		w.conn.Close()
		x.eventually("the place is free", func() bool { return x.preview.hub.Subscribers() == 0 && all.Status().Viewers == 0 })
	}
	if s := all.Status(); s.Sent != 3 || len(s.Watching) != 0 {
		t.Errorf("status %+v forgets who has left", s)
	}
}

// TestHugeAnswersEndTheConnection: a page that sends more than a number is none of ours.
func TestHugeAnswersEndTheConnection(t *testing.T) {
	x, all := watched(t)
	w := x.watch("")
	_ = w.conn.WriteMessage(websocket.BinaryMessage, make([]byte, 1<<20)) // the server may hang up halfway
	w.ended()
	x.eventually("the place is free", func() bool { return all.Status().Viewers == 0 })
}
