package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// envChild makes this test binary a worker: tests start it again as their child process.
const envChild = "WORKER_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(envChild) {
	case "":
		goleak.VerifyTestMain(m)
	case "worker":
		os.Exit(worker.MainEmitting(func(e *worker.Emitter) worker.Handler { return child{e} }))
	case "garbage":
		fmt.Print("this is no frame, and it is long enough to be a prefix")
		time.Sleep(time.Minute)
	case "huge":
		os.Stdout.Write([]byte("DBW1\xff\xff\xff\xff\x00\x00\x00\x00"))
		time.Sleep(time.Minute)
	case "hugebody":
		os.Stdout.Write([]byte("DBW1\x00\x00\x00\x02\xff\xff\xff\xff{}"))
		time.Sleep(time.Minute)
	case "stray":
		os.Stdout.Write([]byte("DBW1\x00\x00\x00\x17\x00\x00\x00\x00" + `{"type":"x","id":99999}`))
		time.Sleep(time.Minute)
	case "deaf": // never reads its stdin
		time.Sleep(time.Minute)
	case "exit":
		os.Exit(7)
	case "nice parent":
		os.Exit(niceParent())
	case "parent": // starts a worker that hangs, says who it is, and waits to be killed
		p, err := worker.Start(context.Background(), spec("deaf"))
		if err != nil {
			panic(err)
		}
		fmt.Println(p.Pid())
		time.Sleep(time.Minute)
	}
}

// child is the handler that the tests talk to.
type child struct{ out *worker.Emitter }

type numbers struct {
	N     int    `json:"n"`
	Text  string `json:"text,omitempty"`
	Count int    `json:"count,omitempty"`
}

func (c child) Handle(ctx context.Context, typ string, data json.RawMessage, body []byte) (any, []byte, error) {
	var in numbers
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, nil, err
	}
	switch typ {
	case "double":
		time.Sleep(time.Duration(in.N%3) * time.Millisecond)
		return numbers{N: 2 * in.N}, append(body, body...), nil
	case "slow":
		time.Sleep(100 * time.Millisecond)
		return nil, nil, nil
	case "refuse":
		return nil, nil, appliance.FieldError("n", "error.test", "value", "7")
	case "fail":
		return nil, nil, errors.New("plain failure")
	case "emit":
		for i := range in.Count {
			if err := c.out.Emit("tick", numbers{N: i}, []byte{byte(i)}); err != nil {
				return nil, nil, err
			}
		}
		return nil, nil, nil
	case "big":
		return nil, make([]byte, in.N), nil
	case "bigheader":
		return strings.Repeat("x", worker.MaxHeader), nil, nil
	case "print": // as a C library would, on descriptor 1
		syscall.Write(1, []byte(in.Text))
		return nil, nil, nil
	case "limits":
		text, err := os.ReadFile("/proc/self/limits")
		return nil, text, err
	case "env":
		return nil, []byte(strings.Join(os.Environ(), "\n")), nil
	case "die":
		syscall.Kill(os.Getpid(), syscall.SIGSEGV)
		select {}
	case "panic":
		panic("the value 9434765919 must not be printed")
	case "hang":
		select {}
	case "spin": // as native code in an endless loop
		if _, err := worker.CPUBudget(time.Second); err != nil {
			return nil, nil, err
		}
		for in.N++; in.N != 0; in.N |= 1 {
		}
	case "work": // more than one budget in all, each piece within its own
		for range 3 {
			lift, err := worker.CPUBudget(time.Second)
			if err != nil {
				return nil, nil, err
			}
			burn(700 * time.Millisecond)
			lift()
		}
		text, err := os.ReadFile("/proc/self/limits")
		return nil, text, err
	case "eat":
		return nil, nil, eat(in.N)
	}
	return nil, nil, fmt.Errorf("unknown request %q", typ)
}

// burn uses processor time.
func burn(d time.Duration) {
	used := func() time.Duration {
		var u syscall.Rusage
		syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	for until := used() + d; used() < until; {
	}
}

// eat takes n MiB of memory and touches it.
func eat(n int) error {
	kept := [][]byte{}
	for range n {
		page := make([]byte, 1<<20)
		for i := 0; i < len(page); i += 4096 {
			page[i] = 1
		}
		kept = append(kept, page)
	}
	if len(kept) != n {
		return errors.New("lost some")
	}
	return nil
}
