package server_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dermbox/sync/wire"
)

// benchPart is a part of 400 KB, about what a dermatoscope's JPEG has.
const benchPart = 400 << 10

// BenchmarkRecordReceive measures a part from the first byte sent to the acknowledgement that it is sealed and durable, over
// loopback with TLS, in turns with the bare write and sync of the same bytes to the same disk.
func BenchmarkRecordReceive(b *testing.B) {
	r := newRig(b)
	box := r.enrol("box-1")
	var images [][]byte
	next := func() []byte {
		if len(images) == 0 {
			sizes := make([]int, 50)
			for i := range sizes {
				sizes[i] = benchPart
			}
			v := box.visit(sizes...)
			box.offer(v)
			images = v.images
		}
		image := images[0]
		images = images[1:]
		return image
	}
	var ours, bare []time.Duration
	for b.Loop() {
		image := next()
		begin := time.Now()
		if status, _, answer := box.patch(wire.HexSum(image), 0, bytes.NewReader(image)); status != http.StatusNoContent {
			b.Fatalf("%d %s", status, answer)
		}
		ours = append(ours, time.Since(begin))
		bare = append(bare, bareWrite(b, filepath.Join(r.dir, "bare"), image))
	}
	b.ReportMetric(median(ours), "sync.receive_400k:ms")
	b.ReportMetric(median(bare), "sync.receive_400k:ms:bare_write_and_sync")
}

func bareWrite(b *testing.B, path string, data []byte) time.Duration {
	b.Helper()
	begin := time.Now()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := f.Write(data); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}

// median gives the middle one in milliseconds.
func median(all []time.Duration) float64 {
	slices.Sort(all)
	return float64(all[len(all)/2]) / float64(time.Millisecond)
}
