package kiosk

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// The preview's protocol. The server sends binary messages of a 16-byte head (sequence uint32, flags uint32, exposure in
// milliseconds float64, all big-endian) and the camera's own JPEG; the browser answers each frame that it took off the wire
// with its sequence as four bytes. At most two frames are on their way at once; what comes meanwhile is dropped, so that
// nobody sees the past.
//
// Text messages are JSON. {"type":"state"} comes first and with each change of the camera: all frames before it are past. With
// "ready" false none follow until the next one, and "sentence" says why. {"type":"press"} is a press of the shutter; it goes to
// a page that was opened with ?capture=1, the newest of them.
//
// {"type":"hint"} says what is wrong with the newest frames, five times a second at most, to pages that were opened with
// ?capture=1 and, in &view=, the view that they would take ("dermoscopic" where it is left out). With "known" false nothing is
// known, and what was said before no longer holds; so it is with each "state". Otherwise "pass" and "hard" are the verdict,
// "sentence" says what to do ("" when it passes; "key" is its key), and "meters" are at most four of {"name", "label", "word",
// "share" (of the bar that is full, 0 to 1), "good"}. A hint decides nothing: a press is judged by its own still.
const (
	headSize = 16
	inFlight = 2
	// patience is how long a viewer may leave a frame unanswered before the connection is given up.
	patience = 10 * time.Second
	// promptly is how long a press may wait for its turn on the wire. A later one is forgotten: the hand has moved.
	promptly = time.Second
)

// upgrader keeps gorilla's own check: the Origin must be the Host.
var upgrader = websocket.Upgrader{ReadBufferSize: 1 << 10, WriteBufferSize: 4 << 10, EnableCompression: false}

// recheck is how often the server looks whether who watches is still signed in.
const recheck = time.Second

func (k *kiosk) preview(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	defer conn.Close()
	v := newViewer(conn, r.URL.Query().Get("capture") == "1")
	v.hints = k.hintsOf(v, r.URL.Query().Get("view"))
	k.Viewers.add(v)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	var helpers sync.WaitGroup
	helpers.Go(func() {
		defer cancel()
		v.readAnswers()
	})
	helpers.Go(func() {
		defer cancel()
		k.whileSignedIn(ctx)
	})
	if v.captures && k.Presses != nil {
		presses := k.Presses.Subscribe() // only now that the viewer is known: of two pages at most one takes a press
		defer presses.Close()
		helpers.Go(func() { v.passPresses(ctx, presses, k.Viewers) })
	}
	v.show(ctx, k.Preview)
	cancel()
	conn.Close()
	helpers.Wait()
	k.Viewers.remove(v)
	s := v.status()
	k.Log.Debug("preview ended", "sent", s.Sent, "dropped", s.Dropped, "stray", s.Stray)
}

// whileSignedIn waits until the session that the request came with has ended, by a sign-out, by idleness or by age, or the
// person may no longer work here. Looking does not keep a session alive.
func (k *kiosk) whileSignedIn(ctx context.Context) {
	token := k.sessions.Token(ctx)
	tick := time.NewTicker(recheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := k.sessions.Load(context.Background(), token) //nolint:contextcheck // ctx holds the session as it was
		if err != nil {
			return
		}
		op, ok := k.operatorOf(now)
		if !ok {
			return
		}
		if works, err := k.stillWorks(ctx, op); err == nil && !works {
			return
		}
	}
}
