package worker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	magic      = "DBW1"
	prefixSize = len(magic) + 8

	// MaxHeader is the largest JSON header of a frame, in bytes.
	MaxHeader = 1 << 20
	// DefaultMaxBody is the largest body of a frame, in bytes, where Spec does not say.
	DefaultMaxBody = 64 << 20
)

var (
	errMagic    = errors.New("not a worker frame")
	errTooLarge = errors.New("frame over its limit")
)

// header is the JSON part of a frame.
type header struct {
	Type  string          `json:"type"`
	ID    uint64          `json:"id"` // 0: event
	Error *wireError      `json:"error,omitempty"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// readFrame reads one frame. It gives io.EOF only at a frame's border; the lengths are checked before anything is
// allocated for them.
func readFrame(r io.Reader, maxBody int) (header, []byte, error) {
	var h header
	var prefix [prefixSize]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return h, nil, err
	}
	if string(prefix[:len(magic)]) != magic {
		return h, nil, errMagic
	}
	headerSize := binary.BigEndian.Uint32(prefix[4:])
	bodySize := binary.BigEndian.Uint32(prefix[8:])
	if headerSize > MaxHeader || uint64(bodySize) > uint64(maxBody) {
		return h, nil, fmt.Errorf("%w: header %d, body %d bytes", errTooLarge, headerSize, bodySize)
	}
	raw := make([]byte, headerSize)
	if _, err := io.ReadFull(r, raw); err != nil {
		return h, nil, unexpected(err)
	}
	if err := json.Unmarshal(raw, &h); err != nil {
		return header{}, nil, fmt.Errorf("frame header: %w", err)
	}
	if bodySize == 0 {
		return h, nil, nil
	}
	body := make([]byte, bodySize)
	if _, err := io.ReadFull(r, body); err != nil {
		return header{}, nil, unexpected(err)
	}
	return h, body, nil
}

// unexpected makes the end of the stream inside a frame an error of its own.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// encodeFrame gives the bytes that stand before the body; it refuses what the other side's readFrame would refuse.
func encodeFrame(h header, bodySize, maxBody int) ([]byte, error) {
	raw, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("frame header: %w", err)
	}
	if len(raw) > MaxHeader || bodySize > maxBody {
		return nil, fmt.Errorf("%w: header %d, body %d bytes", errTooLarge, len(raw), bodySize)
	}
	out := make([]byte, prefixSize, prefixSize+len(raw))
	copy(out, magic)
	binary.BigEndian.PutUint32(out[4:], uint32(len(raw)))
	binary.BigEndian.PutUint32(out[8:], uint32(bodySize))
	return append(out, raw...), nil
}
