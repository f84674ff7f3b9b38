package main

import (
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"dermbox/firmware/demo"
)

func TestSignalsStopItCleanly(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			b := newBox(t)
			p := b.ready()
			began := time.Now()
			p.signal(s)
			if code := p.ends(); code != 0 {
				t.Errorf("code %d; it said:\n%s", code, p.stderr)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if _, err := os.Lstat(b.path("data/dermboxd.sock")); !os.IsNotExist(err) {
				t.Errorf("the socket is still there: %v", err)
			}
		})
	}
}

// SIGKILL at any moment loses nothing that was shown as saved: the visit goes on at the step that it had reached.
func TestKilledInAVisit(t *testing.T) {
	b := newBox(t)
	p := b.ready()
	if code, err := p.ask(http.MethodPost, "/v1/staff", `{"id":"hca.1","name":"Test Person","role":"hca","pin":"428317"}`); code != http.StatusOK {
		t.Fatalf("adding staff: %d %v", code, err)
	}
	v := p.visit()
	must(t, v.Begin(t.Context()))
	p.signal(syscall.SIGKILL)
	p.ends()
	if _, err := os.Lstat(b.path("data/dermboxd.sock")); err != nil {
		t.Errorf("it was not killed, it stopped: %v", err)
	}

	p = b.ready()
	again := p.visit()
	must(t, again.Begin(t.Context())) // another patient's visit begins beside it, and signs the browser in
	page, err := again.Browser.Get(t.Context(), "/visits/"+string(v.ID()))
	must(t, err)
	if !strings.HasSuffix(page.URL.Path, "/"+string(v.ID())+"/images") || !strings.Contains(page.Text, "QUILLFEATHER") {
		t.Fatalf("the visit goes on at %s: %s", page.URL.Path, page.Text)
	}
	if strings.Contains(p.stderr.String(), "QUILLFEATHER") || strings.Contains(p.stderr.String(), "Quillfeather") {
		t.Error("its log names the patient")
	}
}

func (p *process) visit() *demo.Visit {
	p.Helper()
	browser, err := demo.NewBrowser(p.kiosk(), nil)
	must(p, err)
	return &demo.Visit{Browser: browser, Staff: "hca.1", PIN: "428317", Today: time.Now(), Patient: demo.Patient{
		NHSNumber: "9990548609", Family: "Quillfeather", Given: "Ottoline", Gender: "female", Day: 14, Month: 7, Year: 1951,
		SkinType: "II", Ethnic: "A", SiteCode: "45981001", Laterality: "left", DiameterMM: 4.5, ReferralDaysBefore: 5,
	}}
}
