package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"dermbox/appliance/vault"
)

// Every code of the table in the command's help, from a real fault of the real program. Each says in one sentence what to do.
func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(b *box) (env, args []string)
		code    int
		says    string
	}{
		"help":             {args("--help"), 0, "Exit codes"},
		"help as a word":   {args("help"), 0, "Exit codes"},
		"version":          {args("--version"), 0, "dermboxd version"},
		"unknown flag":     {args("--nonsense"), 2, "--help"},
		"a stray argument": {args("serve"), 2, "--help"},
		"no such settings": {args("--config", "missing.yaml"), 3, "missing.yaml"},
		"unknown setting": {func(b *box) ([]string, []string) {
			b.write("box.yaml", settings+"retention_dasy: 3\n")
			return nil, []string{"--config", "box.yaml"}
		}, 3, "retention_days"},
		"unknown variable": {func(*box) ([]string, []string) {
			return []string{"DERMBOX_KIOSK_LISTN=127.0.0.1:1"}, []string{"--config", "box.yaml"}
		}, 3, "DERMBOX_KIOSK_LISTEN"},
		"kiosk for all the network": {args("--config", "box.yaml", "--kiosk-listen", "0.0.0.0:8460"), 3, "kiosk.listen"},
		"not set up": {func(b *box) ([]string, []string) {
			must(b, os.RemoveAll(b.path("data")))
			return nil, []string{"--config", "box.yaml"}
		}, 4, "dermboxctl"},
		"port in use": {func(b *box) ([]string, []string) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			must(b, err)
			b.Cleanup(func() { l.Close() })
			return nil, []string{"--config", "box.yaml", "--kiosk-listen", l.Addr().String()}
		}, 5, "kiosk.listen"},
		"another one runs": {func(b *box) ([]string, []string) {
			b.ready()
			return nil, []string{"--config", "box.yaml"}
		}, 8, "Another dermboxd"},
		"wrong vault key": {func(b *box) ([]string, []string) {
			b.write("data/vault.key", strings.Repeat("k", vault.KeySize))
			return nil, []string{"--config", "box.yaml"}
		}, 6, "escrow"},
		"full disk": {fullDisk, 7, "free space"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			env, arguments := c.prepare(b)
			p := b.begin(env, arguments...)
			code, said := p.ends(), p.stderr.String()
			if code != c.code || !strings.Contains(said, c.says) {
				t.Errorf("code %d, want %d and a word about %q; it said:\n%s", code, c.code, c.says, said)
			}
			if strings.Contains(said, "goroutine ") || code != 0 && !strings.Contains(said, "dermboxd: ") {
				t.Errorf("that is no sentence:\n%s", said)
			}
		})
	}
}

func args(list ...string) func(*box) ([]string, []string) {
	return func(*box) ([]string, []string) { return nil, list }
}

// fullDisk sets the box up on a file system that has room for little else.
func fullDisk(b *box) ([]string, []string) {
	must(b, os.RemoveAll(b.path("data")), os.Mkdir(b.path("data"), 0o700))
	if err := unix.Mount("tmpfs", b.path("data"), "tmpfs", 0, "size=128k,mode=700"); err != nil {
		b.Skipf("needs to mount a small tmpfs (root): %v", err)
	}
	b.Cleanup(func() { unix.Unmount(b.path("data"), unix.MNT_DETACH) })
	b.setUp("data")
	return nil, []string{"--config", "box.yaml"}
}

// Somebody else's data folder is not ours to write to.
func TestUnwritableDataFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to become another user")
	}
	b := newBox(t)
	must(t, os.Chmod(b.dir, 0o755), os.Chmod(b.path("data"), 0o755), os.Chmod(b.path("box.yaml"), 0o644))
	program, err := os.ReadFile(binary(t))
	must(t, err)
	must(t, os.WriteFile(b.path("dermboxd"), program, 0o755)) // where another user may reach it
	p := b.beginAs(65534, b.path("dermboxd"), "--config", "box.yaml")
	if code := p.ends(); code != 6 || !strings.Contains(p.stderr.String(), "data_dir") {
		t.Errorf("code %d; it said:\n%s", code, p.stderr)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	b := newBox(t)
	if err := unix.Mount(b.path("data"), b.path("data"), "", unix.MS_BIND, ""); err != nil {
		t.Skipf("needs to mount (root): %v", err)
	}
	t.Cleanup(func() { unix.Unmount(b.path("data"), unix.MNT_DETACH) })
	must(t, unix.Mount("", b.path("data"), "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	p := b.begin(nil, "--config", "box.yaml")
	if code := p.ends(); code != 5 || !strings.Contains(p.stderr.String(), "does not accept writes") {
		t.Errorf("code %d; it said:\n%s", code, p.stderr)
	}
}

// hardened starts the program for TestProcessIsHardened. The kernel gives the files in /proc of a process that may not be dumped to
// root; to see that, the process must be another user's, and root starts it as one.
func hardened(t *testing.T) *process {
	t.Helper()
	b := newBox(t)
	if os.Geteuid() != 0 {
		return b.ready()
	}
	program, err := os.ReadFile(binary(t))
	must(t, err)
	must(t, os.WriteFile(b.path("dermboxd"), program, 0o755))
	must(t, filepath.WalkDir(b.dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, 65534, 65534))
	}))
	return b.serves(b.beginAs(65534, b.path("dermboxd"), "--config", "box.yaml"))
}

// A core dump would hold keys and patients: the program cannot make one, and nobody can attach to it.
func TestProcessIsHardened(t *testing.T) {
	p := hardened(t)
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.cmd.Process.Pid))
	must(t, err)
	core := 0
	for line := range strings.Lines(string(limits)) {
		if fields := strings.Fields(line); strings.HasPrefix(line, "Max core file size") {
			core++
			if fields[4] != "0" || fields[5] != "0" {
				t.Errorf("core dumps: %s", line)
			}
		}
	}
	info, err := os.Stat(fmt.Sprintf("/proc/%d/environ", p.cmd.Process.Pid))
	must(t, err)
	if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 0 || core != 1 {
		t.Errorf("its memory belongs to user %d, %d limits of core dumps", owner.Uid, core)
	}
}
