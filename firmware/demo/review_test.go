package demo_test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dermbox/firmware/demo"
)

// reviewed signs in at the hub as the trust's people do, finds the case in the list, opens it and looks at its images: each
// must be the bytes that the camera gave.
func (r *rig) reviewed(t *testing.T, trace demo.Trace) {
	t.Helper()
	ctx := t.Context()
	ca, err := os.ReadFile(filepath.Join(r.options.Var, "hub", "data", "keys", "ca.crt.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	browser, err := demo.NewBrowser(fmt.Sprintf("https://127.0.0.1:%d", r.options.Ports.HubPeople), &tls.Config{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	page, err := browser.Get(ctx, "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	form, err := page.Form("/sign-in")
	if err == nil {
		err = form.Set("user", demo.HubUser)
	}
	if err == nil {
		err = form.Set("password", demo.HubPassword)
	}
	if err != nil {
		t.Fatal(err)
	}
	list, err := browser.Submit(ctx, page, form)
	if err != nil {
		t.Fatal(err)
	}
	address := "/cases/" + string(trace.ID)
	if !strings.Contains(list.Text, trace.Reference) || !slices.Contains(list.Links, address) {
		t.Fatalf("the hub's list does not show %s: %s", trace.Reference, list.Text)
	}
	if page, err = browser.Get(ctx, address); err != nil {
		t.Fatal(err)
	}
	f := trace.Findings[0]
	for what, want := range map[string]string{"model": f.Model.ID + " " + f.Model.Version, "digest": f.Model.Digest, "engine": f.Model.Engine,
		"rules": f.RulesVersion, "optics": string(f.Optics)} {
		if want == "" || want == " " || !strings.Contains(page.Text, want) {
			t.Errorf("the hub's page of the case does not name the %s, %q: %s", what, want, page.Text)
		}
	}
	for _, c := range f.Classes {
		if c.Threshold <= 0 || !strings.Contains(page.Text, c.Label) {
			t.Errorf("the hub's page of the case does not show %+v: %s", c, page.Text)
		}
	}
	for _, c := range trace.Captures {
		jpeg, err := browser.Bytes(ctx, address+"/images/"+string(c.ID)+".jpg")
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(jpeg); hex.EncodeToString(sum[:]) != c.SHA256 {
			t.Errorf("the hub shows an image of SHA-256 %x, the camera gave %s", sum, c.SHA256)
		}
	}
}
