package kiosk_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// watcher is a page that watches the preview. What it is sent is read in order and in full; nothing is awaited for longer than
// a test may take.
type watcher struct {
	*testing.T
	conn *websocket.Conn
}

// dial opens the preview as a browser would: with the session's cookie and an Origin.
func (x *rig) dial(query, origin string) (*websocket.Conn, *http.Response, error) {
	x.Helper()
	address := "ws" + strings.TrimPrefix(x.server.URL, "http") + "/ws/preview" + query
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

// watch opens the preview and reads its first word, which must be that the camera is ready.
func (x *rig) watch(query string) *watcher {
	x.Helper()
	before := x.preview.hub.Subscribers()
	conn, _, err := x.dial(query, x.server.URL)
	if err != nil {
		x.Fatal(err)
	}
	w := &watcher{x.T, conn}
	if s := w.word(); s.Type != "state" || !s.Ready {
		x.Fatalf("the first word is %+v", s)
	}
	x.eventually("the viewer subscribes", func() bool { return x.preview.hub.Subscribers() > before })
	return w
}

type frame struct {
	seq, flags uint32
	exposedMS  float64
	jpeg       string
}

type word struct {
	Type, Key, Sentence string
	Ready               bool
	ID                  uint64
}

const longest = 20 * time.Second

func (w *watcher) read() (int, []byte) {
	w.Helper()
	if err := w.conn.SetReadDeadline(time.Now().Add(longest)); err != nil {
		w.Fatal(err)
	}
	kind, message, err := w.conn.ReadMessage()
	if err != nil {
		w.Fatal(err)
	}
	return kind, message
}

// frame reads the next message, which must be a frame.
func (w *watcher) frame() frame {
	w.Helper()
	kind, message := w.read()
	if kind != websocket.BinaryMessage || len(message) < 16 {
		w.Fatalf("message of kind %d: %.80q, want a frame", kind, message)
	}
	return frame{
		seq: binary.BigEndian.Uint32(message), flags: binary.BigEndian.Uint32(message[4:]),
		exposedMS: math.Float64frombits(binary.BigEndian.Uint64(message[8:])), jpeg: string(message[16:]),
	}
}

// word reads the next message, which must be text.
func (w *watcher) word() (said word) {
	w.Helper()
	kind, message := w.read()
	if kind != websocket.TextMessage {
		w.Fatalf("message of kind %d and %d bytes, want a word", kind, len(message))
	}
	if err := json.Unmarshal(message, &said); err != nil {
		w.Fatal(err)
	}
	return said
}

// quiet checks that nothing comes for a moment; the connection is of no use after it. What must not come would be on its way
// already: a test says so by what it awaited before.
func (w *watcher) quiet() {
	w.Helper()
	if err := w.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		w.Fatal(err)
	}
	if kind, message, err := w.conn.ReadMessage(); err == nil {
		w.Errorf("message of kind %d: %.80q, want none", kind, message)
	} else if ne, ok := errors.AsType[net.Error](err); !ok || !ne.Timeout() {
		w.Error(err)
	}
}

func (w *watcher) answer(seq uint32) {
	w.Helper()
	w.say(binary.BigEndian.AppendUint32(nil, seq))
}

func (w *watcher) say(message []byte) {
	w.Helper()
	if err := w.conn.WriteMessage(websocket.BinaryMessage, message); err != nil {
		w.Fatal(err)
	}
}

// ended waits until the server has closed the connection.
func (w *watcher) ended() {
	w.Helper()
	for {
		if err := w.conn.SetReadDeadline(time.Now().Add(longest)); err != nil {
			w.Fatal(err)
		}
		if _, _, err := w.conn.ReadMessage(); errors.Is(err, os.ErrDeadlineExceeded) {
			w.Fatal("still connected")
		} else if err != nil {
			return
		}
	}
}

func (x *rig) eventually(what string, done func() bool) {
	x.Helper()
	for range 2000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	x.Fatalf("never: %s", what)
}
