package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance/vault"
	"dermbox/firmware/keyring"
)

// buildDir is where the program is built when DERMBOX_BIN does not say where it is.
var buildDir = filepath.Join(os.TempDir(), fmt.Sprintf("dermboxd-test-%d", os.Getpid()))

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(buildDir)
		os.Exit(code)
	}))
}

// patience is how long a test waits for what must come; no test measures it.
const patience = 60 * time.Second

// binary gives the path of the real program: that of DERMBOX_BIN, as "make test" builds it, or one built here, once.
func binary(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("DERMBOX_BIN"); dir != "" {
		return filepath.Join(dir, "dermboxd")
	}
	path, err := program()
	must(t, err)
	return path
}

var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "dermboxd")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return path, err
})

// box is the folder of a box that was set up, without camera and workers.
type box struct {
	*testing.T
	dir string
}

func newBox(t *testing.T) *box {
	t.Helper()
	dir, err := os.MkdirTemp("", "dermboxd") // shorter than t.TempDir: a Unix socket's path has at most 107 bytes
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	b := &box{t, dir}
	b.write("box.yaml", settings)
	b.setUp("data")
	return b
}

const settings = `mode: demonstration
data_dir: data
site: {trust: RZZ, code: RZZ01, name: Test clinic, pathway: TRIAGE_PRIORITY}
kiosk: {listen: "127.0.0.1:0"}
camera: {url: "http://127.0.0.1:1/stream.mjpg"}
workers: {imaging: /nonexistent, inference: /nonexistent}
rules: {file: rules.json}
quality: {profile: quality.json}
`

// setUp makes the vault and the keyring of a data folder, as dermboxctl does.
func (b *box) setUp(name string) {
	b.Helper()
	must(b, os.MkdirAll(b.path(name), 0o700))
	_, err := vault.Create(b.path(name), vault.FileProvider(b.path(name+"/vault.key")))
	must(b, err)
	must(b, keyring.InstallDemo(b.path(name+"/keyring")))
}

func (b *box) path(name string) string { return filepath.Join(b.dir, filepath.FromSlash(name)) }

func (b *box) write(name, content string) {
	b.Helper()
	must(b, os.WriteFile(b.path(name), []byte(content), 0o600))
}

// process is a dermboxd of this box.
type process struct {
	*box
	cmd    *exec.Cmd
	stderr *buffer
	done   chan struct{} // closed when it has ended
}

// begin starts the real program; what it says is kept.
func (b *box) begin(env []string, args ...string) *process {
	b.Helper()
	return b.run(exec.Command(binary(b.T), args...), env...)
}

// beginAs starts the program as another user.
func (b *box) beginAs(uid uint32, program string, args ...string) *process {
	b.Helper()
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	return b.run(cmd)
}

func (b *box) run(cmd *exec.Cmd, env ...string) *process {
	b.Helper()
	p := &process{box: b, cmd: cmd, stderr: &buffer{}, done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stderr, p.cmd.Stdout = b.dir, p.stderr, p.stderr
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0"}, env...)
	must(b, p.cmd.Start())
	go func() {
		p.cmd.Wait() // its outcome is asked of ProcessState
		close(p.done)
	}()
	b.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.done
	})
	return p
}

// ends waits for the program to end and gives its exit code.
func (p *process) ends() int {
	p.Helper()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		p.Fatalf("it does not end; it said:\n%s", p.stderr)
		return -1
	}
}

var kioskAddress = regexp.MustCompile(`msg="dermboxd ready" .*kiosk=(\S+)`)

// ready starts the program and waits until its kiosk and its socket serve.
func (b *box) ready() *process {
	b.Helper()
	return b.serves(b.begin(nil, "--config", "box.yaml"))
}

// serves waits until the program's socket answers.
func (b *box) serves(p *process) *process {
	b.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.done:
			b.Fatalf("it ended with %d: %s", p.cmd.ProcessState.ExitCode(), p.stderr)
		default:
		}
		if response, err := p.ask(http.MethodGet, "/v1/status", ""); err == nil && response == http.StatusOK {
			return p
		}
		if time.Now().After(end) {
			b.Fatalf("it is not ready; it said:\n%s", p.stderr)
		}
	}
}

func (p *process) kiosk() string {
	p.Helper()
	found := kioskAddress.FindStringSubmatch(p.stderr.String())
	if found == nil {
		p.Fatalf("no address in its log:\n%s", p.stderr)
	}
	return "http://" + found[1]
}

// ask asks the control socket and gives the status.
func (p *process) ask(method, path, body string) (int, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", p.path("data/dermboxd.sock"))
	}}}
	request, err := http.NewRequest(method, "http://dermboxd"+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func (p *process) signal(s syscall.Signal) {
	p.Helper()
	must(p, p.cmd.Process.Signal(s))
}

// buffer may be written and read at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
