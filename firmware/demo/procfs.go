package demo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Usage is what one process has and has used, as the kernel counts it.
type Usage struct {
	RSSMiB      float64
	Descriptors int
	CPU         time.Duration // since it started, all threads, user and system
}

// ticks is the kernel's unit of processor time for programs: a hundredth of a second on every Linux.
const ticks = time.Second / 100

// UsageOf asks the kernel about a process of ours.
func UsageOf(pid int) (u Usage, err error) {
	folder := filepath.Join("/proc", strconv.Itoa(pid))
	fields, err := stat(folder)
	if err != nil {
		return u, err
	}
	numbers := make([]int64, 3)
	for i, at := range []int{11, 12, 21} { // utime, stime, rss (proc(5), counted from the state)
		if numbers[i], err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return u, fmt.Errorf("stat of process %d: %w", pid, err)
		}
	}
	open, err := os.ReadDir(filepath.Join(folder, "fd"))
	if err != nil {
		return u, err
	}
	u.CPU = time.Duration(numbers[0]+numbers[1]) * ticks
	u.RSSMiB = float64(numbers[2]) * float64(os.Getpagesize()) / (1 << 20)
	u.Descriptors = len(open)
	return u, nil
}

// stat gives the fields of /proc/PID/stat from the state on; the name before it may hold anything.
func stat(folder string) ([]string, error) {
	raw, err := os.ReadFile(filepath.Join(folder, "stat"))
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(fields) < 22 {
		return nil, fmt.Errorf("%s/stat has %d fields", folder, len(fields))
	}
	return fields, nil
}

// WorkersOf gives the children of a process by their program and first word, for example "dermbox-imaging camera".
func WorkersOf(pid int) (map[string]int, error) {
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	found := map[string]int{}
	for _, folder := range folders {
		fields, err := stat(folder)
		if err != nil || fields[1] != strconv.Itoa(pid) { // it ended meanwhile, or is somebody else's
			continue
		}
		line, err := os.ReadFile(filepath.Join(folder, "cmdline"))
		words := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
		child, err2 := strconv.Atoi(filepath.Base(folder))
		if err != nil || err2 != nil || words[0] == "" {
			continue
		}
		name := filepath.Base(words[0])
		if len(words) > 1 && !strings.HasPrefix(words[1], "-") {
			name += " " + words[1]
		}
		found[name] = child
	}
	return found, nil
}
