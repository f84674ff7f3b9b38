// Package setup_test checks what `make setup` and its scripts do, with stand-ins for the programs that would install.
package setup_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// plan gives the commands that make would run for a target with an empty build folder, or one that holds the named files.
func plan(t *testing.T, target, skip string, files ...string) string {
	t.Helper()
	build := t.TempDir()
	for _, f := range files {
		write(t, filepath.Join(build, f), "")
	}
	run := exec.CommandContext(t.Context(), "make", "-n", target, "BUILD="+build, "SETUP="+skip)
	run.Dir = filepath.Join("..", "..")
	said, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("make: %v: %s", err, said)
	}
	return string(said)
}

// write makes a file that is newer than every file of the checkout.
func write(t *testing.T, path, text string) {
	t.Helper()
	later := time.Now().Add(time.Hour)
	for _, err := range []error{
		os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o700), os.Chtimes(path, later, later),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestMakeSetup(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not installed")
	}
	const library, stamp = "lib/libtensorflowlite_c.so", "setup.stamp"
	for name, c := range map[string]struct {
		skip            string
		files           []string
		packages, fetch bool // what is run: setup.sh, tflite.sh
	}{
		"fresh":                        {packages: true, fetch: true},
		"fresh and skipped":            {skip: "skip", fetch: true},
		"skipped with its library":     {skip: "skip", files: []string{library}},
		"all there":                    {files: []string{library, stamp}},
		"the library is gone":          {files: []string{stamp}, fetch: true},
		"skipped before, not any more": {files: []string{library}, packages: true},
	} {
		t.Run(name, func(t *testing.T) {
			said := plan(t, "setup", c.skip, c.files...)
			if got := strings.Contains(said, "setup/setup.sh"); got != c.packages {
				t.Errorf("packages are installed: %t, want %t: %s", got, c.packages, said)
			}
			if got := strings.Contains(said, "setup/tflite.sh"); got != c.fetch {
				t.Errorf("the library is fetched: %t, want %t: %s", got, c.fetch, said)
			}
			if c.skip != "" && strings.Contains(said, stamp) {
				t.Errorf("a skipped set-up leaves the mark of one that was made: %s", said)
			}
		})
	}
}

// apt runs apt.sh for a package that is missing, with an apt-get that notes what it is told and fails as the script says.
func apt(t *testing.T, script string, env ...string) (said string, calls []string, ok bool) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bin", "apt-get"), "#!/bin/sh\necho \"$*\" >>"+dir+"/calls\n"+script)
	write(t, filepath.Join(dir, "bin", "dpkg-query"), "#!/bin/sh\nexit 1\n")
	write(t, filepath.Join(dir, "bin", "sudo"), "#!/bin/sh\nshift\nexec \"$@\"\n")
	run := exec.CommandContext(t.Context(), "bash", "apt.sh", dir, "sample-package")
	run.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"), "APT_PAUSE=0", "SETUP=")
	run.Env = append(run.Env, env...)
	out, err := run.CombinedOutput()
	raw, _ := os.ReadFile(filepath.Join(dir, "calls")) // none when nothing was called
	return string(out), strings.Fields(strings.ReplaceAll(string(raw), "\n", " \n ")), err == nil
}

func TestApt(t *testing.T) {
	for name, c := range map[string]struct {
		script  string
		env     []string
		updates int
		ok      bool
	}{
		"installs":                   {script: "exit 0\n", updates: 1, ok: true},
		"an update that fails once":  {script: `[ "$(grep -c update ` + "${0%/bin/*}/calls" + `)" -ne 1 ]`, updates: 2, ok: true},
		"an update that fails twice": {script: "exit 100\n", updates: 2},
		"skipped":                    {script: "exit 0\n", env: []string{"SETUP=skip"}},
	} {
		t.Run(name, func(t *testing.T) {
			said, calls, ok := apt(t, c.script, c.env...)
			if ok != c.ok {
				t.Errorf("ok = %t, want %t; it said %s", ok, c.ok, said)
			}
			updates, waits := 0, 0
			for _, word := range calls {
				if word == "update" {
					updates++
				}
				if word == "DPkg::Lock::Timeout=300" {
					waits++
				}
			}
			if updates != c.updates || updates > 0 && waits < updates {
				t.Errorf("%d updates, want %d; %d calls wait for the lock: %q", updates, c.updates, waits, calls)
			}
			if !ok && !strings.Contains(said, "cannot go on") {
				t.Errorf("it failed without a sentence: %s", said)
			}
		})
	}
}
