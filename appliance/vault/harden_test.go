package vault_test

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"dermbox/appliance/vault"
)

// TestHardenProcess hardens a child, so that the tests themselves stay debuggable.
func TestHardenProcess(t *testing.T) {
	if os.Getenv("DERMBOX_TEST_HARDEN") == "" {
		child := exec.Command(os.Args[0], "-test.run=^TestHardenProcess$", "-test.v")
		child.Env = append(os.Environ(), "DERMBOX_TEST_HARDEN=1")
		if out, err := child.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := vault.HardenProcess(); err != nil {
		t.Fatal(err)
	}
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil || dumpable != 0 {
		t.Errorf("dumpable %d, %v", dumpable, err)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil || limit.Cur != 0 || limit.Max != 0 {
		t.Errorf("core limit %+v, %v", limit, err)
	}
}
