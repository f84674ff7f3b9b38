package worker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// long is within for what needs processor time on a machine that others use.
func long(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// death gives how a child ended, from the error of a call that met it.
func death(t *testing.T, err error) *worker.Death {
	t.Helper()
	wantKey(t, err, appliance.Unavailable, worker.KeyDied)
	d, ok := errors.AsType[*worker.Death](err)
	if !ok {
		t.Fatalf("nothing says how it ended: %v", err)
	}
	return d
}

func TestSpinningChildDiesOfItsBudget(t *testing.T) {
	p := start(t, spec("worker"))
	_, err := p.Call(long(t), "spin", numbers{}, nil, nil)
	if d := death(t, err); !d.CPU || d.Memory || d.Signal != "CPU time limit exceeded" {
		t.Fatalf("%+v", d)
	}
}

// A budget holds for one piece of work and not for the life of the child.
func TestBudgetIsPerWork(t *testing.T) {
	p := start(t, spec("worker"))
	limits, err := p.Call(long(t), "work", numbers{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(string(limits)), " "); !strings.Contains(got, "Max cpu time unlimited ") {
		t.Fatalf("a limit stays: %s", got)
	}
}

func TestHungryChildDies(t *testing.T) {
	s := spec("worker")
	s.Limits.Data = 400 << 20
	p := start(t, s)
	_, err := p.Call(within(t), "eat", numbers{N: 2000}, nil, nil)
	if d := death(t, err); !d.Memory || d.CPU || !strings.Contains(err.Error(), "out of memory") {
		t.Fatalf("%+v", d)
	}
}

func TestDeathNamesTheSignal(t *testing.T) {
	p := start(t, spec("worker"))
	_, err := p.Call(within(t), "die", numbers{}, nil, nil)
	if d := death(t, err); d.Signal != "segmentation violation" || d.CPU || d.Memory {
		t.Fatalf("%+v", d)
	}
	p = start(t, spec("exit"))
	<-p.Done()
	if d := death(t, p.Err()); d.Signal != "" || d.Message != "exit status 7" {
		t.Fatalf("%+v", d)
	}
}

// Every thread of a nice child is nice, also those that its runtime had started before anybody could ask.
func TestNiceChild(t *testing.T) {
	s := spec("worker")
	s.Limits.Nice = 5
	p := start(t, s)
	if _, err := p.Call(within(t), "double", numbers{}, nil, nil); err != nil {
		t.Fatal(err)
	}
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	if nice, all := niceThreads(t, p.Pid()); nice != all || all == 0 {
		t.Errorf("%d of the child's %d threads are nice", nice, all)
	}
	if nice, all := niceThreads(t, os.Getpid()); nice > 1 && 20-raw < 5 { // the one that waits for the child
		t.Errorf("%d of our own %d threads are nice", nice, all)
	}
}

// When memory runs out the kernel ends a worker before the daemon.
func TestChildIsKilledBeforeItsParent(t *testing.T) {
	score := func(pid int) int {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid))
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	own := score(os.Getpid())
	p := start(t, spec("worker"))
	if _, err := p.Call(within(t), "double", numbers{}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := score(p.Pid()), max(own, 500); got != want {
		t.Errorf("the child's oom_score_adj is %d, want %d", got, want)
	}
	if got := score(os.Getpid()); got != own {
		t.Errorf("ours became %d", got)
	}
}

// niceThreads counts the threads of a process with niceness 5 or, where the tests run with more, that.
func niceThreads(t *testing.T, pid int) (nice, all int) {
	t.Helper()
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		all++
		if fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])); len(fields) > 16 {
			if niceness, err := strconv.Atoi(fields[16]); err == nil && niceness >= 5 {
				nice++
			}
		}
	}
	return nice, all
}

func TestFailedChildGivesItsCause(t *testing.T) {
	p := start(t, spec("worker"))
	cause := appliance.E(appliance.Unverified, "error.test", nil)
	p.Fail(cause)
	<-p.Done()
	gone(t, p.Pid())
	_, err := p.Call(within(t), "double", numbers{}, nil, nil)
	wantKey(t, err, appliance.Unverified, "error.test")
}

// An ordinary user that is nicer than its children should be can start them, and does not take its niceness back.
func TestNicerParent(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to become another user")
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(long(t), own)
	cmd.Env = []string{envChild + "=nice parent", "GORACE=atexit_sleep_ms=0"}
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "10" {
		t.Errorf("niceness %q, %v", out, err)
	}
}

// niceParent is the child of the test above: as nobody at niceness 10 it starts /bin/sleep and prints its niceness.
func niceParent() int {
	const nobody, more = 65534, 10
	threads, _ := filepath.Glob("/proc/self/task/*")
	for _, path := range threads { // whichever thread starts it
		id, _ := strconv.Atoi(filepath.Base(path))
		if err := unix.Setpriority(unix.PRIO_PROCESS, id, more); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	if err := unix.Setuid(nobody); err != nil {
		fmt.Println(err)
		return 1
	}
	p, err := worker.Start(context.Background(), worker.Spec{
		Name: "test", Path: "/bin/sleep", Args: []string{"60"}, Grace: time.Millisecond, Limits: worker.Limits{Nice: 5},
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer p.Close()
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, p.Pid())
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Print(20 - raw)
	return 0
}
