package worker

import (
	"os"
	"strconv"
	"strings"
)

// killedFirst is the worker's oom_score_adj (proc(5)): half of the machine's memory on top of what it has, so that the kernel ends a
// worker, which is started again, before the daemon, which has the visit, when memory runs out.
const killedFirst = 500

// ownScore is where a process tells the kernel its oom_score_adj.
const ownScore = "/proc/self/oom_score_adj"

// goFirst raises this process's oom_score_adj, which needs no privilege, and never lowers it: who started us with more had a reason. The
// child does so itself, because once its memory may not be dumped only root may for it. A worker that could not is worth more than none.
func goFirst(path string) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return
	}
	if now, err := strconv.Atoi(strings.TrimSpace(string(raw))); err != nil || now >= killedFirst {
		return
	}
	_ = os.WriteFile(path, []byte(strconv.Itoa(killedFirst)), 0) // the file is the kernel's
}
