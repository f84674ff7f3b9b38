package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// prefix begins each line that the guest's init says itself; between "begin" and "end" the others are the tests'.
const prefix = "dermbox-guest: "

// guest is one start of the machine.
type guest struct {
	o        options
	report   *report
	begun    bool // it has said its first word
	done     bool // it has said its last
	started  time.Time
	testing  time.Time
	tests    *converter // while the tests run
	watchdog *time.Timer
}

// run starts the machine and listens until it is off. An error says why it was not well; the tests' own failures are the
// report's.
func (g *guest) run(ctx context.Context, argv []string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	said, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	g.started = time.Now()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the guest cannot be started: %w", err)
	}
	g.watchdog = time.AfterFunc(g.o.first, func() { cancel(fmt.Errorf("the guest said nothing for %s", g.o.first)) })
	defer func() { g.watchdog.Stop() }()
	g.listen(said, func() {
		g.watchdog.Stop()
		g.watchdog = time.AfterFunc(g.o.limit, func() { cancel(fmt.Errorf("the guest was not done after %s", g.o.limit)) })
	})
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w%s", context.Cause(ctx), g.console())
	case !g.done:
		return fmt.Errorf("the guest ended before it was done (%s)%s", cmd.ProcessState, g.console())
	case err != nil:
		return fmt.Errorf("the guest ended badly: %w", err)
	}
	g.report.note("the guest ran %.0f s in all", time.Since(g.started).Seconds())
	return nil
}

// listen takes what the guest says until it ends; first is called at its first word.
func (g *guest) listen(said io.Reader, first func()) {
	lines := bufio.NewReaderSize(said, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if word, own := strings.CutPrefix(line, prefix); own {
			if !g.begun {
				g.begun = true
				first()
			}
			g.word(strings.TrimSpace(word))
		} else if g.tests != nil {
			g.tests.write(line)
		} else if text := strings.TrimSpace(line); text != "" {
			g.report.note("guest: %s", text)
		}
		if err != nil {
			g.end()
			return
		}
	}
}

// word takes one line of the guest's init.
func (g *guest) word(word string) {
	verb, rest, _ := strings.Cut(word, " ")
	switch verb {
	case "started":
	case "ready":
		g.report.note("the guest is up after %.1f s (its own clock says %s)", time.Since(g.started).Seconds(), rest)
	case "begin":
		g.testing = time.Now()
		tests, err := convert(g.o.pkg, g.report.event)
		if err != nil {
			g.report.note("%v", err)
			return
		}
		g.tests = tests
	case "end":
		g.end()
		g.report.note("the tests took %.0f s and ended with status %s", time.Since(g.testing).Seconds(), rest)
	case "done":
		g.done = true
	default:
		g.report.note("guest: %s", word)
	}
}

func (g *guest) end() {
	if g.tests != nil {
		g.tests.close()
		g.tests = nil
	}
}

// console gives the last lines of the kernel's own messages, "" if there are none.
func (g *guest) console() string {
	text, _ := os.ReadFile(filepath.Join(g.o.folder, "console.log")) // it only adds to what is wrong
	if len(text) == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return "; the kernel said last:\n" + strings.Join(lines[max(0, len(lines)-15):], "\n")
}
