package kiosk

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

// send writes one message made of parts, for which nothing is copied together. It waits for its turn for so long at most, and
// gives errLost after that.
func (v *viewer) send(ctx context.Context, turn time.Duration, kind int, parts ...[]byte) error {
	late := time.NewTimer(turn)
	defer late.Stop()
	select {
	case v.writing <- struct{}{}:
	case <-late.C:
		return errLost
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-v.writing }()
	if err := v.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	w, err := v.conn.NextWriter(kind)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return w.Close()
}

func (v *viewer) sendJSON(ctx context.Context, turn time.Duration, message map[string]any) error {
	raw, err := json.Marshal(message)
	if err != nil {
		return err
	}
	return v.send(ctx, turn, websocket.TextMessage, raw)
}

// readAnswers frees a slot for each frame that is answered, until the connection ends. An answer for a frame that is not on its
// way frees nothing: whoever answers too much gains nothing by it.
func (v *viewer) readAnswers() {
	v.conn.SetReadLimit(64)
	for {
		kind, message, err := v.conn.ReadMessage()
		if err != nil {
			return
		}
		if kind == websocket.BinaryMessage && len(message) == 4 && v.answered(binary.BigEndian.Uint32(message)) {
			v.free()
			continue
		}
		v.stray.Add(1)
	}
}

// answered takes a frame off the list of those on their way. A camera that was opened again may number from the start, so the
// same sequence can stand there twice; each answer takes one.
func (v *viewer) answered(seq uint32) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := slices.Index(v.onWay, seq)
	if i < 0 {
		return false
	}
	v.onWay = slices.Delete(v.onWay, i, i+1)
	return true
}

// passPresses tells the page of each press that is its own. One that cannot go promptly is forgotten.
func (v *viewer) passPresses(ctx context.Context, presses PressSubscription, all *Viewers) {
	for {
		id, err := presses.Next(ctx)
		if err != nil {
			return
		}
		if all.claim(v, id) {
			_ = v.sendJSON(ctx, promptly, map[string]any{"type": "press", "id": id}) // a page that is gone cannot be told
		}
	}
}
