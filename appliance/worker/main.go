package worker

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Main runs a worker that only answers, over this process's stdin and stdout, and gives the exit code.
func Main(h Handler) int {
	return MainEmitting(func(*Emitter) Handler { return h })
}

// MainEmitting is Main for a worker that also sends events.
//
// It first makes the process fit for native code: stdout is the pipe to the parent, so file descriptor 1 is given to
// stderr (C libraries print on it); when memory runs out it is killed before the daemon; memory is not dumped; SIGINT and SIGTERM are ignored, because the parent ends its
// workers by closing their stdin, and its own death kills them.
func MainEmitting(build func(e *Emitter) Handler) int {
	in, out, err := takeStdio()
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		return 1
	}
	goFirst(ownScore)
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, "worker: dumpable:", err)
		return 1
	}
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM)
	if err := serve(context.Background(), in, out, maxBodyFromParent(), build); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		return 1
	}
	return 0
}

// takeStdio moves the pipes off descriptors 0 and 1.
func takeStdio() (in, out *os.File, err error) {
	fds := [2]int{}
	for i := range fds {
		if fds[i], err = unix.FcntlInt(uintptr(i), unix.F_DUPFD_CLOEXEC, 3); err != nil {
			return nil, nil, os.NewSyscallError("dup", err)
		}
	}
	null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("open", err)
	}
	defer func() { _ = unix.Close(null) }()
	if err := unix.Dup3(null, 0, 0); err != nil {
		return nil, nil, os.NewSyscallError("dup3", err)
	}
	if err := unix.Dup3(2, 1, 0); err != nil {
		return nil, nil, os.NewSyscallError("dup3", err)
	}
	return os.NewFile(uintptr(fds[0]), "requests"), os.NewFile(uintptr(fds[1]), "replies"), nil
}

func maxBodyFromParent() int {
	if n, err := strconv.Atoi(os.Getenv(envMaxBody)); err == nil && n > 0 {
		return n
	}
	return DefaultMaxBody
}
