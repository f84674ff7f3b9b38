package setup_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Only tests and the bench install what tests compare with, and not where it is there or skipped.
func TestMakeSetupPeers(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not installed")
	}
	const stamp = "peers/setup.stamp"
	for name, c := range map[string]struct {
		target, skip string
		files        []string
		want         bool
	}{
		"tests":           {target: "test", want: true},
		"bench":           {target: "bench", want: true},
		"by itself":       {target: "setup-peers", want: true},
		"build":           {target: "build"},
		"run":             {target: "run"},
		"skipped":         {target: "test", skip: "skip"},
		"there already":   {target: "setup-peers", files: []string{stamp}},
		"folder is gone":  {target: "setup-peers", files: []string{"setup.stamp"}, want: true},
		"skipped, absent": {target: "setup-peers", skip: "skip"},
	} {
		t.Run(name, func(t *testing.T) {
			if said := plan(t, c.target, c.skip, c.files...); strings.Contains(said, "setup/peers.sh") != c.want {
				t.Errorf("it is installed: %t, want %t: %s", !c.want, c.want, said)
			}
		})
	}
}

// standIns are programs that note what they were told in CALLS and do as little as a test needs. A venv's pip is broken when
// PIP_FAILS is set, and "downloads" a file that sha256sum calls good unless it is told the sum is another.
var standIns = map[string]string{
	"python3.11": `echo "python3.11 $*" >>"$CALLS"
case "$*" in
"-c import ensurepip, venv") [ -z "${NO_VENV:-}" ] ;;
"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
*" pip "*) [ -z "${PIP_FAILS:-}" ] || { echo "ERROR: hash of x is wrong" && exit 1; }
    while [ $# -gt 1 ]; do [ "$1" = -d ] && touch "$2/x.whl"; shift; done ;;
esac
`,
	"unzip":      "echo library\n",
	"sha256sum":  `echo "${SUM:?} $1"` + "\n",
	"dpkg-query": "exit 1\n",
	"apt-get":    `echo "apt-get $*" >>"$CALLS"` + "\n",
	"sudo":       "shift\nexec \"$@\"\n",
}

// peers runs peers.sh into build with the stand-ins.
func peers(t *testing.T, build string, env ...string) (said, calls string, ok bool) {
	t.Helper()
	bin, log := filepath.Join(t.TempDir(), "bin"), filepath.Join(t.TempDir(), "calls")
	for name, script := range standIns {
		write(t, filepath.Join(bin, name), "#!/bin/sh\n"+script)
	}
	run := exec.CommandContext(t.Context(), "bash", "peers.sh", build)
	run.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "CALLS="+log, "SETUP=", "SUM="+librarySum(t))
	run.Env = append(run.Env, env...)
	out, err := run.CombinedOutput()
	raw, _ := os.ReadFile(log) // none when nothing was called
	return string(out), string(raw), err == nil
}

// librarySum is what peers.sums says of this processor's library.
func librarySum(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("peers.sums")
	if err != nil {
		t.Fatal(err)
	}
	machine := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == machine {
			return fields[2]
		}
	}
	t.Fatalf("peers.sums has no line for %s", runtime.GOARCH)
	return ""
}

func TestPeers(t *testing.T) {
	build := t.TempDir()
	library := filepath.Join(build, "peers", "liblitert-lm.so")
	said, calls, ok := peers(t, build)
	if _, err := os.Stat(library); !ok || err != nil {
		t.Fatalf("not installed: %v: %s", err, said)
	}
	for _, line := range strings.Split(calls, "\n") {
		if strings.Contains(line, " pip ") && (!strings.Contains(line, "--require-hashes") || !strings.Contains(line, "--only-binary=:all:")) {
			t.Errorf("fetched without hashes: %s", line)
		}
	}
	if _, calls, ok = peers(t, build); !ok || strings.Contains(calls, " pip ") {
		t.Errorf("what is there is fetched again, ok %t: %s", ok, calls)
	}
	write(t, filepath.Join(build, "peers", "venv", "peers.txt"), "another list")
	if _, calls, ok = peers(t, build); !ok || strings.Count(calls, " pip ") != 1 {
		t.Errorf("another list was not installed anew, ok %t: %s", ok, calls)
	}
}

func TestPeersFail(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		says []string
	}{
		"pip refuses":     {[]string{"PIP_FAILS=1"}, []string{"hash of x is wrong", "PIP_FIND_LINKS", "SETUP=skip"}},
		"another library": {[]string{"SUM=0"}, []string{"another SHA-256"}},
		"no Python":       {[]string{"NO_VENV=1"}, []string{"python3-venv"}},
		"skipped":         {[]string{"NO_VENV=1", "SETUP=skip"}, []string{"python3-venv", "SETUP=skip installs nothing"}},
	} {
		t.Run(name, func(t *testing.T) {
			build := t.TempDir()
			said, calls, ok := peers(t, build, c.env...)
			if ok || !strings.Contains(said, "cannot go on") {
				t.Errorf("ok %t without a sentence: %s", ok, said)
			}
			if i := slices.IndexFunc(c.says, func(word string) bool { return !strings.Contains(said, word) }); i >= 0 {
				t.Errorf("it does not say %q: %s", c.says[i], said)
			}
			if _, err := os.Stat(filepath.Join(build, "peers", "liblitert-lm.so")); err == nil {
				t.Errorf("a library was installed: %s", calls)
			}
			if apt := strings.Contains(calls, "python3-venv"); apt != (name == "no Python") {
				t.Errorf("the package is installed: %t: %s", apt, calls)
			}
		})
	}
}
