package scope_test

import (
	"fmt"
	"image"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"dermbox/camera/scope"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// canned stands in for OpenCV's encoder: whatever it is given, it gives one of three small JPEGs that OpenCV made of one
// scene, with a restart interval for each row of coding units.
type canned struct{ calls atomic.Int64 }

func (c *canned) Encode(*image.RGBA, int) ([]byte, error) {
	return os.ReadFile(filepath.Join("..", "testdata", fmt.Sprintf("restarts-%d.jpg", c.calls.Add(1)%3)))
}

func newScope(t *testing.T, o scope.Options) *scope.Scope {
	t.Helper()
	o.Log, o.Seed, o.Size = slog.New(slog.DiscardHandler), 7, image.Pt(480, 270)
	if o.Encoder == nil {
		o.Encoder = &canned{}
	}
	s, err := scope.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
