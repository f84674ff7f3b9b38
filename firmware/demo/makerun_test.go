package demo_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// terminal is one terminal with dermbox-demo in it, as make starts it.
type terminal struct {
	cmd   *exec.Cmd
	mu    sync.Mutex
	out   bytes.Buffer
	ended chan error
}

// Write takes what the program prints.
func (x *terminal) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.out.Write(p)
}

func (x *terminal) said() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.out.String()
}

// open starts dermbox-demo in the rig's folder.
func (r *rig) open(t *testing.T, args ...string) *terminal {
	t.Helper()
	o := r.options
	args = append(args, "--root", o.Root, "--var", o.Var, "--bin", o.Bin, "--kiosk-port", strconv.Itoa(o.Ports.Kiosk), "--hub-device-port",
		strconv.Itoa(o.Ports.HubDevice), "--hub-people-port", strconv.Itoa(o.Ports.HubPeople), "--scope-port", strconv.Itoa(o.Ports.Scope))
	x := &terminal{cmd: exec.Command(filepath.Join(o.Bin, "dermbox-demo"), args...), ended: make(chan error, 1)}
	x.cmd.Stdout, x.cmd.Stderr = x, x
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { x.ended <- x.cmd.Wait() }()
	t.Cleanup(func() { // a terminal that is closed takes its program along; one that ended takes no harm
		_ = x.cmd.Process.Signal(syscall.SIGTERM)
		x.ended <- <-x.ended
	})
	return x
}

// until waits for a word on the terminal.
func (x *terminal) until(t *testing.T, word string) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !strings.Contains(x.said(), word); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q was never printed:\n%s", word, x.said())
		}
		select {
		case err := <-x.ended:
			x.ended <- err
			t.Fatalf("the program ended (%v) before it printed %q:\n%s", err, word, x.said())
		default:
		}
	}
}

// end waits for the program's end and gives its exit status.
func (x *terminal) end(t *testing.T) int {
	t.Helper()
	select {
	case err := <-x.ended:
		x.ended <- err
		exit, failed := errors.AsType[*exec.ExitError](err)
		if err != nil && !failed {
			t.Fatal(err)
		}
		if failed {
			return exit.ExitCode()
		}
		return 0
	case <-time.After(2 * time.Minute):
		t.Fatalf("the program did not end:\n%s", x.said())
		return -1
	}
}

// interrupt presses Ctrl-C.
func (x *terminal) interrupt(t *testing.T) {
	t.Helper()
	if err := x.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

// arrivesByItself is the README's second and third line: make run NETWORK=off keeps the case, make hub in another terminal
// brings the hub back, and the case arrives without anyone's doing. Ctrl-C ends both with 0 and leaves nothing running.
func arrivesByItself(t *testing.T, r *rig) {
	run := r.open(t, "run", "--network", "off", "--subject", "nv,2,400001")
	run.until(t, "make hub")
	p := readPrinted(run.said())
	p.has(t, "waiting", "waits for the trust")
	if len(p["receipt"]) > 0 {
		t.Fatalf("a receipt without a hub: %s", run.said())
	}
	hub := r.open(t, "hub")
	run.until(t, "  reconcile ")
	readPrinted(run.said()).has(t, "receipt", "verified")
	hub.until(t, "received: DX-")
	started := append(run.children(t), hub.children(t)...)
	if len(started) < 6 { // daemon, three workers, scope, hub
		t.Errorf("%d programs ran: the test does not see them", len(started))
	}
	for name, x := range map[string]*terminal{"make run": run, "make hub": hub} {
		x.interrupt(t)
		if code := x.end(t); code != 0 || !strings.Contains(x.said(), "Stopping.") {
			t.Errorf("after Ctrl-C %s ends with %d:\n%s", name, code, x.said())
		}
	}
	r.nothingLeft(t, started)
}

// onceNamesTheStep gives the dermatoscope a subject that it cannot draw: make run ONCE=1 must end with a failure that names
// its step, and stop what it had started.
func onceNamesTheStep(t *testing.T, r *rig) {
	run := r.open(t, "run", "--once", "--network", "off", "--subject", "nonsense")
	if code := run.end(t); code == 0 || code == 130 {
		t.Errorf("exit status %d for a case that was never taken", code)
	}
	if said := run.said(); !strings.Contains(said, "FAILED at camera: ") || strings.Contains(said, "Every step succeeded") {
		t.Errorf("it does not name the step that failed:\n%s", said)
	}
	r.nothingLeft(t, nil)
}

// children gives every process that the terminal's program started, and those that these started.
func (x *terminal) children(t *testing.T) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	parents := map[int]int{}
	for _, path := range stats {
		raw, _ := os.ReadFile(path) // one that has just ended has none
		var pid, parent int
		var state string
		rest := raw[bytes.LastIndexByte(raw, ')')+1:] // the name before it may hold anything
		if _, err := fmt.Sscanf(string(rest), "%s %d", &state, &parent); err != nil || state == "Z" {
			continue
		}
		if pid, err = strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			parents[pid] = parent
		}
	}
	var found []int
	for pid := range parents {
		for up := parents[pid]; up > 1; up = parents[up] {
			if up == x.cmd.Process.Pid {
				found = append(found, pid)
				break
			}
		}
	}
	return found
}

// nothingLeft looks for the programs of before, and for ports that are still held.
func (r *rig) nothingLeft(t *testing.T, before []int) {
	t.Helper()
	for _, pid := range before {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && bytes.Contains(line, []byte("dermb")) || bytes.Contains(line, []byte("dermhub")) {
			t.Errorf("still running: %s", bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
		}
	}
	for _, port := range []int{r.options.Ports.Kiosk, r.options.Ports.HubDevice, r.options.Ports.HubPeople, r.options.Ports.Scope} {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Errorf("port %d is still held: %v", port, err)
			continue
		}
		listener.Close()
	}
}
