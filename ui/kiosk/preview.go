package kiosk

import (
	"context"
	"encoding/binary"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// The preview's protocol: the server sends binary messages of a 16-byte head (sequence uint32, flags uint32, exposure in
// milliseconds float64, all big-endian) and the camera's own JPEG; the browser answers each frame that it drew with its sequence
// as four bytes. At most two frames are on their way at once; what comes meanwhile is dropped, so that nobody sees the past.
const (
	headSize = 16
	inFlight = 2
	// patience is how long a viewer may leave a frame unanswered before the connection is given up.
	patience = 10 * time.Second
)

// upgrader keeps gorilla's own check: the Origin must be the Host.
var upgrader = websocket.Upgrader{ReadBufferSize: 1 << 10, WriteBufferSize: 64 << 10, EnableCompression: false}

func (k *kiosk) preview(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	defer conn.Close()
	frames := k.Preview.Subscribe()
	defer frames.Close()
	v := &viewer{conn: conn, frames: frames, slots: make(chan struct{}, inFlight)}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	var reader sync.WaitGroup
	reader.Go(func() {
		defer cancel()
		v.readAcks()
	})
	v.send(ctx)
	conn.Close()
	reader.Wait()
	k.Log.Debug("preview ended", "sent", v.sent, "dropped", v.dropped)
}

// viewer is one browser that watches.
type viewer struct {
	conn   *websocket.Conn
	frames Subscription
	slots  chan struct{} // holds one token for each frame on its way

	sent, dropped, last uint64 // frames, and the sequence of the last one that was sent
}

// send passes frames on until the viewer leaves. It waits for a free slot before it asks for a frame, so that the frame is the
// newest when it goes.
func (v *viewer) send(ctx context.Context) {
	for {
		select {
		case v.slots <- struct{}{}:
		case <-time.After(patience):
			return
		case <-ctx.Done():
			return
		}
		seq, exposedMS, jpeg, err := v.frames.Next(ctx)
		if err != nil {
			return
		}
		message := make([]byte, headSize+len(jpeg))
		binary.BigEndian.PutUint32(message[0:], uint32(seq))
		binary.BigEndian.PutUint64(message[8:], math.Float64bits(exposedMS))
		copy(message[headSize:], jpeg)
		v.conn.SetWriteDeadline(time.Now().Add(patience))
		if v.conn.WriteMessage(websocket.BinaryMessage, message) != nil {
			return
		}
		v.count(seq)
	}
}

// count keeps how many frames went out and, by the gaps in the sequence, how many this viewer was too slow for. A sequence
// that starts again is a camera that was opened again.
func (v *viewer) count(seq uint64) {
	if v.sent > 0 && seq > v.last {
		v.dropped += seq - v.last - 1
	}
	v.sent, v.last = v.sent+1, seq
}

// readAcks frees a slot for each answer until the connection ends. A viewer that answers too much gains nothing.
func (v *viewer) readAcks() {
	v.conn.SetReadLimit(64)
	for {
		if _, _, err := v.conn.ReadMessage(); err != nil {
			return
		}
		select {
		case <-v.slots:
		default:
		}
	}
}
