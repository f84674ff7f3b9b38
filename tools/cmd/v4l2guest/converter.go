package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// converter turns a test binary's output into events, by Go's own test2json.
type converter struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	ended chan struct{}
}

// convert starts one; event gets each event's line, from one goroutine that ends with close.
func convert(pkg string, event func([]byte)) (*converter, error) {
	c := &converter{cmd: exec.Command("go", "tool", "test2json", "-t", "-p", pkg), ended: make(chan struct{})}
	c.cmd.Stderr = os.Stderr
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("go tool test2json cannot be started: %w", err)
	}
	c.in = in
	go func() {
		defer close(c.ended)
		lines := bufio.NewReaderSize(out, 1<<20)
		for {
			line, err := lines.ReadBytes('\n')
			if len(line) > 0 {
				event(line)
			}
			if err != nil {
				return
			}
		}
	}()
	return c, nil
}

func (c *converter) write(line string) { _, _ = io.WriteString(c.in, line) } // a converter that died shows in what is missing

func (c *converter) close() {
	c.in.Close()
	<-c.ended
	_ = c.cmd.Wait() // as write
}
