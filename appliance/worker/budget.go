package worker

import (
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// CPUBudget gives this child no more than the given processor time (of all threads, rounded up to seconds) until lift is
// called: native code that spins beyond it ends the process with SIGXCPU, whether or not the parent looks. A second budget
// takes the place of the first. The limit is raised from what was used so far, so that it holds for one piece of work.
func CPUBudget(d time.Duration) (lift func(), err error) {
	if err := dieOfSIGXCPU(); err != nil {
		return nil, err
	}
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		return nil, os.NewSyscallError("getrusage", err)
	}
	var now unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_CPU, nil, &now); err != nil {
		return nil, os.NewSyscallError("prlimit", err)
	}
	until := time.Duration(used.Utime.Nano()+used.Stime.Nano()) + d
	seconds := uint64((until + time.Second - 1) / time.Second)
	if err := setCPU(unix.Rlimit{Cur: min(seconds, now.Max), Max: now.Max}); err != nil {
		return nil, err
	}
	return func() { _ = setCPU(unix.Rlimit{Cur: now.Max, Max: now.Max}) }, nil // raising to the hard limit cannot fail
}

func setCPU(limit unix.Rlimit) error {
	return os.NewSyscallError("prlimit", unix.Prlimit(0, unix.RLIMIT_CPU, &limit, nil))
}

// dieOfSIGXCPU gives the signal back its default. Go's own handler would print a trace and exit with 2, which says less,
// and it runs on in a process whose native code may have broken anything.
var dieOfSIGXCPU = sync.OnceValue(func() error {
	var byDefault [4]uint64 // the kernel's struct sigaction, all zero: SIG_DFL
	const setSize = 8
	_, _, errno := syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGXCPU), uintptr(unsafe.Pointer(&byDefault)), 0, setSize, 0, 0)
	if errno != 0 {
		return os.NewSyscallError("rt_sigaction", errno)
	}
	return nil
})
