//go:build v4l2guest

package v4l2guest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"dermbox/camera"
)

// feeder writes JPEGs into a v4l2loopback device, as the camera at its other end, and remembers each by its scan hash.
type feeder struct {
	paused atomic.Bool

	mu   sync.Mutex
	sent map[string][]byte
}

// feed sends pictures of one size, each drawn anew, until the test ends.
func feed(t *testing.T, path string, width, height int) *feeder {
	t.Helper()
	d := openDevice(t, path)
	f := format{kind: bufTypeOutput, width: uint32(width), height: uint32(height), pixels: fourccMJPG, field: fieldNone, bytes: largestLoopback}
	if err := d.ioctl(vidiocSFmt, unsafe.Pointer(&f)); err != nil {
		t.Fatalf("set the format of %s: %v", path, err)
	}
	if f.pixels != fourccMJPG || int(f.width) != width || int(f.height) != height {
		t.Fatalf("%s became %d x %d of %#x", path, f.width, f.height, f.pixels)
	}
	fed := &feeder{sent: map[string][]byte{}}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { fed.run(t, d.fd, newPainter(width, height), stop) })
	t.Cleanup(func() { close(stop); wg.Wait() })
	return fed
}

func (f *feeder) run(t *testing.T, fd int, p *painter, stop chan struct{}) {
	pace := time.NewTicker(50 * time.Millisecond)
	defer pace.Stop()
	for {
		select {
		case <-stop:
			return
		case <-pace.C:
		}
		if f.paused.Load() {
			continue
		}
		jpeg := p.next()
		sum, _, _, err := camera.ScanHash(jpeg)
		if err != nil {
			t.Errorf("the feeder's own picture: %v", err)
			return
		}
		f.mu.Lock()
		f.sent[sum] = jpeg
		f.mu.Unlock()
		if n, err := unix.Write(fd, jpeg); err != nil || n != len(jpeg) {
			t.Errorf("write %d bytes: %d, %v", len(jpeg), n, err)
			return
		}
	}
}

// original gives the picture that was sent with that scan hash, nil if none was.
func (f *feeder) original(sum string) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sent[sum]
}
