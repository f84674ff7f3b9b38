package trustsync

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"dermbox/sync/wire"
)

func TestCheckedGivesThePartOrNotItsEnd(t *testing.T) {
	good := bytes.Repeat([]byte("dermbox"), 1000)
	changed := bytes.Clone(good)
	changed[3] ^= 1
	cases := []struct {
		name    string
		content []byte
		offset  int64
		ok      bool
	}{
		{"whole", good, 0, true},
		{"from the middle", good, 3333, true},
		{"the last byte only", good, 6999, true},
		{"a byte changed", changed, 0, false},
		{"a byte changed before the offset", changed, 100, false},
		{"cut short", good[:6999], 0, false},
		{"cut before the offset", good[:50], 100, false},
		{"a byte too many", append(bytes.Clone(good), 0), 0, false},
		{"empty", nil, 0, false},
	}
	part := wire.Part{SHA256: wire.HexSum(good), Size: int64(len(good))}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, wrap := range []func(io.Reader) io.Reader{
				func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader, iotest.HalfReader,
			} {
				var got []byte
				body, err := newChecked(wrap(bytes.NewReader(c.content)), part, c.offset, nil)
				if err == nil {
					got, err = io.ReadAll(body)
				}
				if (err == nil) != c.ok {
					t.Fatalf("error %v, want ok %v", err, c.ok)
				}
				if c.ok && !bytes.Equal(got, good[c.offset:]) {
					t.Fatalf("%d bytes of other content", len(got))
				}
				if !c.ok && int64(len(got)) >= part.Size-c.offset {
					t.Fatalf("%d bytes of a damaged part came out", len(got))
				}
			}
		})
	}
}

func FuzzChecked(f *testing.F) {
	f.Add([]byte("abc"), []byte("abc"), 1)
	f.Fuzz(func(t *testing.T, want, content []byte, offset int) {
		if len(want) == 0 || offset < 0 || offset >= len(want) {
			return
		}
		body, err := newChecked(bytes.NewReader(content), wire.Part{SHA256: wire.HexSum(want), Size: int64(len(want))}, int64(offset), nil)
		if err != nil {
			return
		}
		got, err := io.ReadAll(body)
		if (err == nil) != bytes.Equal(want, content) || err == nil && !bytes.Equal(got, want[offset:]) {
			t.Errorf("error %v for %q as %q", err, content, want)
		}
	})
}
