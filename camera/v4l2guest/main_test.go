//go:build v4l2guest

package v4l2guest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// envShare names the folder that the host shares with the guest: kernel modules and programs.
const envShare = "DERMBOX_GUEST"

// patience is how long a test waits for what must come; no test measures it. An emulated processor needs several seconds
// to start the worker alone.
const patience = 90 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(envShare) == "" {
		fmt.Fprintln(os.Stderr, "these tests load kernel modules and run only in the guest of `make test-v4l2`")
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// eventually waits until what holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
