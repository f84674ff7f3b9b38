package kiosk_test

import (
	"encoding/binary"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"dermbox/ui/kiosk"
)

// watch opens the preview as a browser would: with the session's cookie and an Origin.
func (x *rig) watch(origin string) (*websocket.Conn, *http.Response, error) {
	x.Helper()
	address := "ws" + strings.TrimPrefix(x.server.URL, "http") + "/ws/preview"
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	dialer := websocket.Dialer{Jar: x.client.Jar}
	conn, res, err := dialer.DialContext(x.Context(), address, header)
	if conn != nil {
		x.Cleanup(func() { conn.Close() })
	}
	if res != nil {
		res.Body.Close()
	}
	return conn, res, err
}

type frame struct {
	seq, flags uint32
	exposedMS  float64
	jpeg       string
}

// next reads one frame, or gives false when none comes in time. After that the connection is of no more use.
func next(t *testing.T, conn *websocket.Conn, within time.Duration) (frame, bool) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(within))
	kind, message, err := conn.ReadMessage()
	if err != nil {
		return frame{}, false
	}
	if kind != websocket.BinaryMessage || len(message) < 16 {
		t.Fatalf("message of kind %d and %d bytes", kind, len(message))
	}
	return frame{
		seq: binary.BigEndian.Uint32(message), flags: binary.BigEndian.Uint32(message[4:]),
		exposedMS: math.Float64frombits(binary.BigEndian.Uint64(message[8:])), jpeg: string(message[16:]),
	}, true
}

func answerFrame(t *testing.T, conn *websocket.Conn, f frame) {
	t.Helper()
	if err := conn.WriteMessage(websocket.BinaryMessage, binary.BigEndian.AppendUint32(nil, f.seq)); err != nil {
		t.Fatal(err)
	}
}

func TestPreviewSendsTheCamerasFrames(t *testing.T) {
	x := newRig(t)
	x.signIn()
	conn, _, err := x.watch(x.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	last := uint32(0)
	for range 20 {
		f, ok := next(t, conn, 5*time.Second)
		if !ok || f.seq <= last || f.flags != 0 || f.exposedMS != 1234.5 || f.jpeg != "jpeg" {
			t.Fatalf("frame %+v after %d, %v", f, last, ok)
		}
		last = f.seq
		answerFrame(t, conn, f)
	}
}

// TestASlowViewerLosesFrames: two frames are on their way, then nothing until one is answered, and then the newest.
func TestASlowViewerLosesFrames(t *testing.T) {
	x := newRig(t)
	x.signIn()
	conn, _, err := x.watch(x.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := next(t, conn, 5*time.Second)
	if second, ok := next(t, conn, 5*time.Second); !ok || second.seq != first.seq+1 {
		t.Fatalf("%+v, %v", second, ok)
	}
	time.Sleep(100 * time.Millisecond) // time for twenty more
	if asked, _ := x.preview.state(); asked != 2 {
		t.Errorf("%d frames were taken for a viewer that answered none", asked)
	}
	x.preview.skip(100)
	answerFrame(t, conn, first)
	if third, ok := next(t, conn, 5*time.Second); !ok || third.seq != first.seq+102 {
		t.Errorf("after the pause came %+v, not the newest", third)
	}
	if fourth, ok := next(t, conn, 100*time.Millisecond); ok {
		t.Errorf("a third frame %d is on its way", fourth.seq)
	}
}

func TestDropsAreCounted(t *testing.T) {
	log := &lockedBuffer{}
	x := newRig(t, func(o *kiosk.Options) {
		o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	x.signIn()
	conn, _, err := x.watch(x.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := next(t, conn, 5*time.Second)
	next(t, conn, 5*time.Second)
	x.preview.skip(7)
	answerFrame(t, conn, first)
	next(t, conn, 5*time.Second)
	conn.Close()
	if !eventually(func() bool { return strings.Contains(log.String(), "sent=3 dropped=7") }) {
		t.Errorf("log: %s", log.String())
	}
}

func TestPreviewIsForOurPagesOnly(t *testing.T) {
	x := newRig(t)
	if _, res, err := x.watch(x.server.URL); err == nil || res == nil || res.StatusCode == http.StatusSwitchingProtocols {
		t.Errorf("somebody who has not signed in watches: %v", err)
	}
	x.signIn()
	for _, origin := range []string{"https://evil.example", "http://127.0.0.1:1", "null"} {
		if _, res, err := x.watch(origin); err == nil || res == nil || res.StatusCode != http.StatusForbidden {
			t.Errorf("origin %q watches: %v", origin, err)
		}
	}
	if asked, open := x.preview.state(); asked != 0 || open != 0 {
		t.Errorf("%d frames taken, %d places open", asked, open)
	}
}

func TestLeavingGivesThePlaceUp(t *testing.T) {
	x := newRig(t)
	x.signIn()
	for range 3 {
		conn, _, err := x.watch(x.server.URL)
		if err != nil {
			t.Fatal(err)
		}
		next(t, conn, 5*time.Second)
		conn.Close()
	}
	if !eventually(func() bool { _, open := x.preview.state(); return open == 0 }) {
		t.Error("places are left open")
	}
}

// TestHugeAnswersEndTheConnection: a page that sends more than a number is none of ours.
func TestHugeAnswersEndTheConnection(t *testing.T) {
	x := newRig(t)
	x.signIn()
	conn, _, err := x.watch(x.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn.WriteMessage(websocket.BinaryMessage, make([]byte, 1<<20))
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				t.Error("still connected")
			}
			return
		}
	}
}

func eventually(done func() bool) bool {
	for range 500 {
		if done() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

var _ io.Writer = (*lockedBuffer)(nil)

// Write is io.Writer.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String gives what was written so far.
func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
