package e2e

import (
	"context"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"go.uber.org/goleak"

	"dermbox/ui/kiosk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come; no test measures it.
const patience = 30 * time.Second

// browser starts Chromium with a profile of its own and gives the context of its one tab.
func browser(t testing.TB) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed; make setup does")
	}
	// The sandbox needs what a container or root does not have; the pages are our own.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 800))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	tab, leave := chromedp.NewContext(allocator)
	t.Cleanup(leave)
	if err := chromedp.Do(tab); err != nil {
		t.Fatal(err)
	}
	return tab
}

// page is a tab that looks at a kiosk.
type page struct {
	testing.TB
	tab  context.Context
	base string
}

// open signs in with a member of staff's PIN and opens a path. Scripts run in each page before its own.
func open(t testing.TB, base, secret, path string, scripts ...string) *page {
	t.Helper()
	p := &page{t, browser(t), base}
	for _, script := range scripts {
		p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, devtools.AddScriptToEvaluateOnNewDocument, devtools.AddScriptToEvaluateOnNewDocumentParams{Source: script})
			return err
		}))
	}
	p.do(chromedp.Navigate(base + "/sign-in"))
	p.eval(`document.querySelector("[name=operator]").checked = true,
		document.querySelector("[name=pin]").value = "` + secret + `",
		document.querySelector("[name=pin]").form.requestSubmit(), true`)
	p.until("signed in", `location.pathname === "/"`)
	p.do(chromedp.Navigate(base + path))
	return p
}

func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

// eval gives what a script gives: a boolean.
func (p *page) eval(script string) bool {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script))
	if err != nil {
		p.Fatalf("%s: %v", script, err)
	}
	return yes
}

// until waits for a script to be true; while a page loads it may fail.
func (p *page) until(what, script string) {
	p.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if yes, err := ask[bool](p, "Boolean("+script+")"); err == nil && yes {
			return
		}
	}
	body, err := ask[string](p, "location.href + document.body.innerHTML")
	p.Fatalf("never: %s (%s)\n%s %v", what, script, body, err)
}

// when waits for a script to be true, and fails unless another is true at that very moment: on a slow machine the picture may go and come
// between two questions.
func (p *page) when(what, script, must, also string) {
	p.Helper()
	p.until(what, "("+script+") && (window.also = Boolean("+also+"), true)")
	if !p.eval("window.also") {
		p.Errorf("not so when %s: %s", what, must)
	}
}

// ask runs a script once; one whose page goes away meanwhile is never answered.
func ask[T any](p *page, script string) (T, error) {
	ctx, cancel := context.WithTimeout(p.tab, 2*time.Second)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script))
}

// serve runs a kiosk until the test ends.
func serve(t *testing.T, o kiosk.Options) string {
	t.Helper()
	handler, err := kiosk.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}
