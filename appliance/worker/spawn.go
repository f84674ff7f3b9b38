package worker

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// envMaxBody tells the child the limit that its parent reads with.
const envMaxBody = "DERMBOX_WORKER_MAX_BODY"

// spawn makes the pipes and starts the child; what Wait said arrives on the channel.
func (p *Process) spawn() (<-chan error, error) {
	var ends [6]*os.File // stdin, stdout, stderr: read end, write end
	for i := 0; i < len(ends); i += 2 {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(ends[:])
			return nil, err
		}
		ends[i], ends[i+1] = r, w
		if i < 4 {
			widen(w)
		}
	}
	p.cmd = exec.Command(p.spec.Path, p.spec.Args...)
	p.cmd.Env = append([]string{envMaxBody + "=" + strconv.Itoa(p.spec.MaxBody)}, p.spec.Env...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = ends[0], ends[3], ends[5]
	// An own process group: Ctrl-C in a terminal is for the daemon, which then closes its workers in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	p.stdin, p.stdout, p.stderr = ends[1], ends[2], ends[4]

	started, exited := make(chan error, 1), make(chan error, 1)
	go own(p.cmd, p.spec.Limits, started, exited)
	err := <-started
	closeAll([]*os.File{ends[0], ends[3], ends[5]})
	if err != nil {
		closeAll([]*os.File{ends[1], ends[2], ends[4]})
		return nil, err
	}
	p.pid = p.cmd.Process.Pid
	return exited, nil
}

// pipeSize is how much a pipe holds, in bytes: an unprivileged user's limit by default (pipe(7)). A tensor or a still goes through
// in a write or two; at 64 KiB each side would wait ten times for the other.
const pipeSize = 1 << 20

// widen makes a pipe larger if the kernel lets it: without that it is only slower.
func widen(pipe *os.File) {
	raw, err := pipe.SyscallConn() // and not Fd, which would make the pipe block
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeSize) })
}

// own starts and reaps the child. It holds its thread all the while, because the parent-death signal follows the thread
// that forked and not the process (prctl(2), PR_SET_PDEATHSIG).
func own(cmd *exec.Cmd, limits Limits, started, exited chan<- error) {
	runtime.LockOSThread()
	if limits.Nice > 0 {
		// A child has the niceness of the thread that forked it, in all its threads. An ordinary user cannot take it back, so
		// the thread stays locked and ends with this goroutine.
		giveWay(limits.Nice)
	} else {
		defer runtime.UnlockOSThread()
	}
	if err := cmd.Start(); err != nil {
		started <- err
		return
	}
	if err := limits.apply(cmd.Process.Pid); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // what failed is the limit
		started <- err
		return
	}
	started <- nil
	exited <- cmd.Wait()
}

// giveWay raises the niceness of this thread and never lowers it: an ordinary user may not, and who started us with more had a
// reason. A child that could not be made nice is worth more than none.
func giveWay(niceness int) {
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err == nil && 20-raw >= niceness { // the system call gives 20 less the niceness (getpriority(2))
		return
	}
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, niceness)
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// apply sets the limits of the process, soft and hard.
func (l Limits) apply(pid int) error {
	if l.Data > 0 {
		l.Data += shadow
	}
	set := []struct {
		resource int
		value    uint64
		always   bool
	}{
		{unix.RLIMIT_CORE, 0, true}, // memory holds photographs
		{unix.RLIMIT_AS, l.AddressSpace, false},
		{unix.RLIMIT_DATA, l.Data, false},
		{unix.RLIMIT_NOFILE, l.OpenFiles, false},
		{unix.RLIMIT_FSIZE, l.FileSize, false},
	}
	for _, s := range set {
		if s.value == 0 && !s.always {
			continue
		}
		limit := unix.Rlimit{Cur: s.value, Max: s.value}
		if err := unix.Prlimit(pid, s.resource, &limit, nil); err != nil {
			return os.NewSyscallError("prlimit", err)
		}
	}
	return nil
}
