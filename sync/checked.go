package trustsync

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"dermbox/sync/wire"
)

// errNotThose says that the bytes are not those of the part.
var errNotThose = errors.New("the bytes are not those of the part")

// checked gives a part's bytes from an offset to its end and hashes the whole on the way. It holds back the last byte until
// size and SHA-256 are right, so that a damaged part is never whole at the hub.
type checked struct {
	content io.Reader
	part    wire.Part
	sum     hash.Hash
	at      int64 // bytes of the part that were read and hashed
	failed  error
	moved   func(int64) // told how many bytes were handed out so far; may be nil
	from    int64
}

// newChecked reads and hashes the bytes before offset at once.
func newChecked(content io.Reader, p wire.Part, offset int64, moved func(int64)) (*checked, error) {
	c := &checked{content: content, part: p, sum: sha256.New(), moved: moved, from: offset}
	n, err := io.CopyN(c.sum, content, offset)
	c.at = n
	if errors.Is(err, io.EOF) {
		return nil, errNotThose
	}
	if err != nil {
		return nil, fmt.Errorf("reading a part: %w", err)
	}
	return c, nil
}

// Read gives the next bytes, or what is wrong with them; failed keeps it, since a transport may wrap it.
func (c *checked) Read(p []byte) (int, error) {
	if c.failed != nil {
		return 0, c.failed
	}
	left := c.part.Size - c.at
	if left == 0 {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if left > 1 { // all but the last byte
		p = p[:min(int64(len(p)), left-1)]
		return c.take(p)
	}
	return c.last(p[:1])
}

func (c *checked) take(p []byte) (int, error) {
	n, err := c.content.Read(p)
	c.sum.Write(p[:n])
	c.at += int64(n)
	if c.moved != nil {
		c.moved(c.at - c.from)
	}
	if errors.Is(err, io.EOF) { // a byte at least is still to come
		err = errNotThose
	}
	if err != nil {
		c.failed = err
	}
	return n, err
}

// last reads the last byte, makes sure that none follows, and gives it only if the whole is right.
func (c *checked) last(p []byte) (int, error) {
	if _, err := io.ReadFull(c.content, p); err != nil {
		c.failed = errors.Join(errNotThose, err)
		return 0, c.failed
	}
	c.sum.Write(p)
	var more [1]byte
	n, err := io.ReadFull(c.content, more[:])
	if n != 0 || hex.EncodeToString(c.sum.Sum(nil)) != c.part.SHA256 {
		c.failed = errNotThose
		return 0, c.failed
	}
	if !errors.Is(err, io.EOF) {
		c.failed = err
		return 0, c.failed
	}
	c.at++
	if c.moved != nil {
		c.moved(c.at - c.from)
	}
	return 1, io.EOF
}
