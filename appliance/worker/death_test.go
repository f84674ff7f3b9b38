package worker_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestChildDiesWithItsParent kills a parent as the kernel's out-of-memory killer would: no worker may live on, holding the
// camera.
func TestChildDiesWithItsParent(t *testing.T) {
	parent := exec.Command("/proc/self/exe")
	parent.Env = []string{envChild + "=parent"}
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || !running(pid) {
		t.Fatalf("worker %q is not running: %v", line, err)
	}
	parent.Process.Kill()
	parent.Wait()
	ctx := within(t)
	for running(pid) {
		if ctx.Err() != nil {
			t.Fatal("the worker outlived its parent")
		}
		time.Sleep(time.Millisecond)
	}
}

// running says whether the process is there and is not a zombie that an init has yet to reap.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	after := string(stat[strings.LastIndexByte(string(stat), ')')+1:])
	return !strings.HasPrefix(after, " Z") && !strings.HasPrefix(after, " X")
}

func TestSignalsOfATerminalDoNotEndIt(t *testing.T) {
	p := start(t, spec("worker"))
	if _, err := p.Call(within(t), "double", numbers{}, nil, nil); err != nil { // it is past its start
		t.Fatal(err)
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		syscall.Kill(p.Pid(), signal)
	}
	if group, err := syscall.Getpgid(p.Pid()); err != nil || group != p.Pid() {
		t.Fatalf("process group %d, %v: Ctrl-C would reach it", group, err)
	}
	var out numbers
	if _, err := p.Call(within(t), "double", numbers{N: 3}, nil, &out); err != nil || out.N != 6 {
		t.Fatalf("%+v %v", out, err)
	}
}
