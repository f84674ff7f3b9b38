package demo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a program that runs beside the demonstration, in a process group of its own so that Ctrl-C reaches it only by
// way of Stop, in order. It dies with the demonstration even if that is killed.
type Process struct {
	Name    string
	cmd     *exec.Cmd
	logPath string
	done    chan struct{}
	once    sync.Once
	err     error // how it ended; read after done
}

// StartProcess starts a program; its output goes to the end of logs/NAME.log. Env is added to the environment.
func StartProcess(logs, name, path string, env []string, args ...string) (*Process, error) {
	log, err := os.OpenFile(filepath.Join(logs, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(environment(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	p := &Process{Name: name, cmd: cmd, logPath: log.Name(), done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Pdeathsig fires when the thread that forked ends: this one stays until the program has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer log.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return p, nil
}

// Pid gives the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stop asks the program to end and waits; after ten seconds it ends it. It is safe to call twice.
func (p *Process) Stop() error {
	p.once.Do(func() { _ = p.cmd.Process.Signal(syscall.SIGTERM) })
	select {
	case <-p.done:
		return nil
	case <-time.After(10 * time.Second):
		p.Kill()
		return fmt.Errorf("%s did not stop within 10 s and was ended; its log is %s", p.Name, p.logPath)
	}
}

// Kill ends the program at once, as a power cut would, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// ExitCode gives the program's exit status once it has ended: -1 if a signal ended it.
func (p *Process) ExitCode() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// WaitReady polls ready until it returns nil, the program ends or the time is over; the error tells what the program said.
func (p *Process) WaitReady(ctx context.Context, limit time.Duration, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended (exit status %d): %s", p.Name, p.cmd.ProcessState.ExitCode(), p.LastWords())
		case <-ctx.Done():
			return fmt.Errorf("%s was not ready after %s: %w; its log is %s", p.Name, limit, err, p.logPath)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// LastWords gives the end of the program's log, for a person who asks why it ended.
func (p *Process) LastWords() string {
	text, err := os.ReadFile(p.logPath)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-3):], []byte(" / ")))
}

// runTool runs a program to its end and gives its standard output. The error holds what it said on standard error.
func runTool(ctx context.Context, stdin, path string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = environment()
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		words := slices.DeleteFunc(slices.Clone(args[:min(2, len(args))]), func(a string) bool { return strings.HasPrefix(a, "-") })
		return out.Bytes(), fmt.Errorf("%s %s: %w: %s", filepath.Base(path), strings.Join(words, " "), err,
			strings.TrimSpace(problems.String()))
	}
	return out.Bytes(), nil
}

// environment is our own without the settings of another box that a developer may have in theirs; where the TFLite library
// lies is no setting.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return strings.HasPrefix(name, "DERMHUB_") || strings.HasPrefix(name, "DERMBOX_") && name != "DERMBOX_TFLITE"
	})
}
