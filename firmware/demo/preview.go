package demo

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// jpegStart begins every JPEG file.
var jpegStart = []byte{0xff, 0xd8, 0xff}

// Watch opens the live picture as the kiosk's page does, takes n frames, each newer than the last, answers each, and closes
// it again. The error says what came instead.
func (b *Browser) Watch(ctx context.Context, n int) error {
	address := *b.base
	address.Scheme, address.Path = "ws", "/ws/preview"
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
			return fmt.Errorf("the live picture was refused: %s", response.Status)
		}
		return fmt.Errorf("the live picture: %w", err)
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(15 * time.Second)); err != nil {
		return err
	}
	last := uint32(0)
	for range n {
		kind, message, err := conn.ReadMessage()
		if err != nil {
			return fmt.Errorf("the live picture stopped: %w", err)
		}
		if kind != websocket.BinaryMessage || len(message) < 20 || !bytes.HasPrefix(message[16:], jpegStart) {
			return fmt.Errorf("the live picture sent a message of %d bytes that is no JPEG", len(message))
		}
		seq := binary.BigEndian.Uint32(message)
		if seq <= last {
			return fmt.Errorf("the live picture went from frame %d back to %d", last, seq)
		}
		last = seq
		if err := conn.WriteMessage(websocket.BinaryMessage, message[:4]); err != nil {
			return err
		}
	}
	return conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
}
