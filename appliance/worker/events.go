package worker

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
)

// Event is a message that the child sent by itself.
type Event struct {
	Type string
	Data json.RawMessage
	Body []byte
}

// Events gives the child's events, oldest first. A slow reader never slows the child: when Spec.Queue events wait, the
// oldest is dropped and counted. The channel is closed when the Process is over.
func (p *Process) Events() <-chan Event { return p.events }

// Dropped says how many events were dropped because nobody took them in time.
func (p *Process) Dropped() uint64 { return p.dropped.Load() }

// publish is called by the reading goroutine alone, so the room that it makes is its own.
func (p *Process) publish(e Event) {
	for {
		select {
		case p.events <- e:
			return
		default:
		}
		select {
		case <-p.events:
			p.dropped.Add(1)
		default:
		}
	}
}

// read takes frames off the child's stdout until it ends, and kills a child that sends anything else.
func (p *Process) read() {
	in := bufio.NewReaderSize(p.stdout, 64<<10)
	for {
		h, body, err := readFrame(in, p.spec.MaxBody)
		if err == nil {
			p.hear()
			err = p.dispatch(h, body)
		}
		if err != nil {
			p.stopReading(err)
			return
		}
	}
}

func (p *Process) dispatch(h header, body []byte) error {
	if h.ID != 0 {
		return p.deliver(h, body)
	}
	p.streaming.Store(true)
	p.publish(Event{Type: h.Type, Data: h.Data, Body: body})
	return nil
}

// stopReading leaves the end of the stream to the child's exit, and kills the child for anything else. The pipe is emptied
// meanwhile, so that the child never blocks on it.
func (p *Process) stopReading(err error) {
	ended := errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF)
	if !ended {
		p.kill(unavailable(KeyProtocol, p.spec.Name, err))
	}
	_, _ = io.Copy(io.Discard, p.stdout) // ends when the child does
}
