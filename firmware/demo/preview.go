package demo

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"

	"dermbox/appliance"
)

// jpegStart begins every JPEG file.
var jpegStart = []byte{0xff, 0xd8, 0xff}

// silence is how long the live picture may say nothing at all before it is given up.
const silence = 15 * time.Second

// Live is the live picture as the kiosk's page has it. It belongs to one goroutine; Close may be called from any.
type Live struct{ conn *websocket.Conn }

// LiveMessage is a frame, or a word on the camera's state.
type LiveMessage struct {
	JPEG      []byte // nil for a word
	Seq       uint32
	ExposedMS float64 // since 1970

	Ready    bool // of a word: frames follow
	Sentence string
	Hint     *LiveHint // what is wrong with the picture; nil for frames and other words
}

// LiveHint is a word on what is wrong with the live picture.
type LiveHint struct {
	Known, Pass, Hard bool
	Key               string // of its sentence
	Meters            []struct {
		Name, Word string
		Good       bool
	}
}

// Live opens the live picture as a page does that only watches.
func (b *Browser) Live(ctx context.Context) (*Live, error) { return b.live(ctx, nil) }

// Aim opens the live picture as a page does that is about to capture a view: it is told what is wrong with the picture, and gets
// the shutter's presses.
func (b *Browser) Aim(ctx context.Context, view appliance.View) (*Live, error) {
	return b.live(ctx, url.Values{"capture": {"1"}, "view": {string(view)}})
}

func (b *Browser) live(ctx context.Context, query url.Values) (*Live, error) {
	address := *b.base
	address.Scheme, address.Path, address.RawQuery = "ws", "/ws/preview", query.Encode()
	header := http.Header{"Origin": {b.base.String()}}
	for _, c := range b.client.Jar.Cookies(b.base) {
		header.Add("Cookie", c.String())
	}
	conn, response, err := websocket.DefaultDialer.DialContext(ctx, address.String(), header)
	if response != nil {
		defer response.Body.Close()
	}
	if err != nil {
		if response != nil {
			return nil, fmt.Errorf("the live picture was refused: %s", response.Status)
		}
		return nil, fmt.Errorf("the live picture: %w", err)
	}
	return &Live{conn}, nil
}

// Next waits for the next message, and answers a frame as the page does.
func (l *Live) Next() (m LiveMessage, err error) {
	if err := l.conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
		return m, err
	}
	kind, message, err := l.conn.ReadMessage()
	if err != nil {
		return m, fmt.Errorf("the live picture stopped: %w", err)
	}
	if kind == websocket.TextMessage {
		return word(message)
	}
	if len(message) < 20 || !bytes.HasPrefix(message[16:], jpegStart) {
		return m, fmt.Errorf("the live picture sent a message of %d bytes that is no JPEG", len(message))
	}
	m.Seq, m.ExposedMS, m.JPEG = binary.BigEndian.Uint32(message), math.Float64frombits(binary.BigEndian.Uint64(message[8:])), message[16:]
	return m, l.conn.WriteMessage(websocket.BinaryMessage, message[:4])
}

func word(message []byte) (m LiveMessage, err error) {
	var w struct {
		Type, Sentence string
		Ready          bool
		LiveHint
	}
	if err := json.Unmarshal(message, &w); err != nil || w.Type != "state" && w.Type != "hint" {
		return m, fmt.Errorf("the live picture sent a word of %d bytes that is none of the camera", len(message))
	}
	if w.Type == "hint" {
		return LiveMessage{Ready: true, Sentence: w.Sentence, Hint: &w.LiveHint}, nil
	}
	return LiveMessage{Ready: w.Ready, Sentence: w.Sentence}, nil
}

// Close leaves as a browser does.
func (l *Live) Close() error {
	err := l.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	if closed := l.conn.Close(); err == nil {
		err = closed
	}
	return err
}

// Watch opens the live picture, takes n frames, each newer than the last, and closes it again. The error says what came
// instead.
func (b *Browser) Watch(ctx context.Context, n int) error {
	live, err := b.Live(ctx)
	if err != nil {
		return err
	}
	defer live.conn.Close()
	last, said := uint32(0), ""
	for n > 0 {
		m, err := live.Next()
		switch {
		case err != nil:
			return fmt.Errorf("%w %s", err, said)
		case m.JPEG == nil:
			said = m.Sentence // and what follows is awaited
			continue
		case m.Seq <= last:
			return fmt.Errorf("the live picture went from frame %d back to %d", last, m.Seq)
		}
		last = m.Seq
		n--
	}
	return live.Close()
}
