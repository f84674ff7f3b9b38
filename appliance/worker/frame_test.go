package worker

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func TestFrameRoundTrip(t *testing.T) {
	want := header{Type: "x", ID: 7, Data: []byte(`{"a":1}`)}
	prefix, err := encodeFrame(want, 3, 10)
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(append(prefix, "abc"...))
	h, body, err := readFrame(r, 10)
	if err != nil || h.Type != "x" || h.ID != 7 || string(h.Data) != `{"a":1}` || string(body) != "abc" {
		t.Fatalf("%+v %q %v", h, body, err)
	}
	if _, _, err := readFrame(r, 10); !errors.Is(err, io.EOF) {
		t.Fatalf("at the end: %v", err)
	}
}

func TestBadFrames(t *testing.T) {
	tests := map[string]struct {
		in   string
		want error
	}{
		"empty":             {"", io.EOF},
		"half a prefix":     {"DBW1\x00", io.ErrUnexpectedEOF},
		"other magic":       {"DBW2\x00\x00\x00\x02\x00\x00\x00\x00{}", errMagic},
		"header over limit": {"DBW1\x00\x10\x00\x01\x00\x00\x00\x00", errTooLarge},
		"body over limit":   {"DBW1\x00\x00\x00\x02\x00\x00\x00\x0b{}", errTooLarge},
		"header cut":        {"DBW1\x00\x00\x00\x02\x00\x00\x00\x00{", io.ErrUnexpectedEOF},
		"no header bytes":   {"DBW1\x00\x00\x00\x02\x00\x00\x00\x00", io.ErrUnexpectedEOF},
		"body cut":          {"DBW1\x00\x00\x00\x02\x00\x00\x00\x05{}abc", io.ErrUnexpectedEOF},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, _, err := readFrame(bytes.NewReader([]byte(test.in)), 10); !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
		})
	}
	if _, _, err := readFrame(bytes.NewReader([]byte("DBW1\x00\x00\x00\x01\x00\x00\x00\x00{")), 10); err == nil {
		t.Fatal("a header that is no JSON was taken")
	}
}

func FuzzReadFrame(f *testing.F) {
	good, err := encodeFrame(header{Type: "x", ID: 1, Error: &wireError{Code: "invalid"}}, 2, 10)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(good, "ab"...))
	f.Add([]byte("DBW1\x00\x00\x00\x02\x00\x00\x00\x00{}"))
	f.Add([]byte("DBW1\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 1000
		r := bytes.NewReader(in)
		h, body, err := readFrame(r, limit)
		if err != nil {
			return
		}
		if len(body) > limit {
			t.Fatalf("body of %d bytes", len(body))
		}
		prefix, err := encodeFrame(h, len(body), limit)
		if err != nil {
			t.Skip() // escaping may grow a header over its limit
		}
		again, body2, err := readFrame(bytes.NewReader(append(prefix, body...)), limit)
		if err != nil || again.Type != h.Type || again.ID != h.ID || !bytes.Equal(body, body2) {
			t.Fatalf("second reading differs: %+v %v", again, err)
		}
	})
}
