package scope_test

import (
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/camera/scope"
)

func start(t *testing.T, s *scope.Scope) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { s.Serve(ctx) })
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		cancel()
		wg.Wait()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	return server.URL
}

// frames reads n frames of the stream.
func frames(t *testing.T, base string, n int) (all [][]byte, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, base+scope.PathStream, nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	parts := multipart.NewReader(resp.Body, params["boundary"])
	for range n {
		p, err := parts.NextPart()
		if err != nil {
			return all, err
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return all, err
		}
		all = append(all, b)
	}
	return all, nil
}

func control(t *testing.T, base, contentType, body string) (int, scope.State) {
	t.Helper()
	resp, err := http.Post(base+scope.PathControl, contentType, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var st scope.State
	json.NewDecoder(resp.Body).Decode(&st)
	return resp.StatusCode, st
}

func TestStreamSendsStampedFrames(t *testing.T) {
	base := start(t, newScope(t, scope.Options{}))
	all, err := frames(t, base, 5)
	if err != nil {
		t.Fatal(err)
	}
	last := camera.Exposure{}
	for _, jpeg := range all {
		e, ok := camera.ReadExposure(jpeg)
		if !ok || e.Seq <= last.Seq || e.Boottime <= last.Boottime || e.Boot != camera.BootID() {
			t.Fatalf("%+v after %+v", e, last)
		}
		last = e
	}
}

func TestControl(t *testing.T) {
	base := start(t, newScope(t, scope.Options{}))
	const is = "application/json"
	for name, tt := range map[string]struct {
		contentType, body string
		status            int
	}{
		"subject":       {is, `{"subject":{"kind":"mel","tone":5,"seed":9,"hair":true,"ruler":true}}`, 200},
		"fault":         {is, `{"fault":"blur"}`, 200},
		"next":          {is, `{"next":true,"fault":"none"}`, 200},
		"nothing":       {is, `{}`, 200},
		"bad kind":      {is, `{"subject":{"kind":"bcc","tone":5}}`, 400},
		"bad fault":     {is, `{"fault":"fire"}`, 400},
		"unknown field": {is, `{"fire":true}`, 400},
		"not json":      {is, `fault=blur`, 400},
		"from a form":   {"text/plain", `{"fault":"blur"}`, 415},
		"too large":     {is, `{"fault":"` + strings.Repeat("a", 70_000) + `"}`, 400},
	} {
		if got, _ := control(t, base, tt.contentType, tt.body); got != tt.status {
			t.Errorf("%s: status %d", name, got)
		}
	}
	_, st := control(t, base, is, `{"subject":{"kind":"sk","tone":6,"seed":4,"hair":false,"ruler":true},"fault":"glare"}`)
	if st.Subject != (scope.Subject{Kind: "sk", Tone: 6, Seed: 4, Ruler: true}) || st.Fault != scope.FaultGlare {
		t.Fatalf("%+v", st)
	}
}

func TestFreezeRepeatsAndCorruptIsCut(t *testing.T) {
	s := newScope(t, scope.Options{})
	base := start(t, s)
	if _, err := frames(t, base, 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Fail(scope.FaultFreeze); err != nil {
		t.Fatal(err)
	}
	all, err := frames(t, base, 3)
	if err != nil || string(all[0]) != string(all[1]) || string(all[1]) != string(all[2]) {
		t.Fatalf("frozen frames differ: %v", err)
	}
	if err := s.Fail(scope.FaultCorrupt); err != nil {
		t.Fatal(err)
	}
	all, err = frames(t, base, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := camera.ScanHash(all[1]); appliance.CodeOf(err) != appliance.Invalid {
		t.Fatalf("corrupt frame: %v", err)
	}
}

// TestReplayIsOldUnderANewTime: the same pictures in the same order, whatever is shown meanwhile, and each as new as it says.
func TestReplayIsOldUnderANewTime(t *testing.T) {
	s := newScope(t, scope.Options{})
	see := func(n int) (scans []string, exposures []camera.Exposure) {
		t.Helper()
		for range n {
			jpeg := s.Expose().JPEG
			sum, _, _, err := camera.ScanHash(jpeg)
			e, ok := camera.ReadExposure(jpeg)
			if err != nil || !ok {
				t.Fatal(err, ok)
			}
			scans, exposures = append(scans, sum), append(exposures, e)
		}
		return scans, exposures
	}
	before, old := see(5)
	if err := s.Fail(scope.FaultReplay); err != nil {
		t.Fatal(err)
	}
	if err := s.Next(); err != nil {
		t.Fatal(err)
	}
	again, fresh := see(10)
	if want := slices.Concat(before, before); !slices.Equal(again, want) {
		t.Errorf("after %q came %q", before, again)
	}
	for last := old[4]; len(fresh) > 0; last, fresh = fresh[0], fresh[1:] {
		if fresh[0].Seq != last.Seq+1 || fresh[0].Boottime <= last.Boottime {
			t.Errorf("after %+v came %+v", last, fresh[0])
		}
	}
	if err := s.Fail(scope.FaultNone); err != nil {
		t.Fatal(err)
	}
	if now, _ := see(1); slices.Contains(before, now[0]) {
		t.Error("the past goes on")
	}
}

func TestDropCutsTheConnection(t *testing.T) {
	s := newScope(t, scope.Options{})
	base := start(t, s)
	if err := s.Fail(scope.FaultDrop); err != nil {
		t.Fatal(err)
	}
	if all, err := frames(t, base, 1); err == nil {
		t.Fatalf("%d frames came", len(all))
	}
	if err := s.Fail(scope.FaultNone); err != nil {
		t.Fatal(err)
	}
	if _, err := frames(t, base, 1); err != nil {
		t.Fatal(err)
	}
}

func TestStallIsSilentUntilItEnds(t *testing.T) {
	s := newScope(t, scope.Options{})
	base := start(t, s)
	if err := s.Fail(scope.FaultStall); err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() { _, err := frames(t, base, 2); got <- err }()
	for s.State().Viewers == 0 {
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-got:
		t.Fatalf("a stalled stream answered: %v", err)
	case <-time.After(150 * time.Millisecond):
	}
	if err := s.Fail(scope.FaultNone); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Fatal(err)
	}
}

func TestFolderIsPlayedUnderOtherOptics(t *testing.T) {
	dir := t.TempDir()
	wide := image.NewRGBA(image.Rect(0, 0, 300, 200))
	for i := range 300 * 200 {
		wide.SetRGBA(i%300, i/300, color.RGBA{200, 150, 120, 255})
	}
	save := func(name string, encode func(io.Writer) error) {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := encode(f); err != nil {
			t.Fatal(err)
		}
	}
	save("a.jpg", func(w io.Writer) error { return jpeg.Encode(w, wide, nil) })
	save("b.PNG", func(w io.Writer) error { return png.Encode(w, wide) })
	save("c.txt", func(w io.Writer) error { _, err := w.Write([]byte("no photograph")); return err })
	s := newScope(t, scope.Options{Images: dir})
	if id := s.Identity(); id.Optics != appliance.OpticsPublicISIC || id.FieldMM != scope.FieldMM {
		t.Fatalf("%+v", id)
	}
	first := s.State().Photo
	if err := s.Next(); err != nil {
		t.Fatal(err)
	}
	second := s.State().Photo
	if err := s.Next(); err != nil || s.State().Photo != first || first == second {
		t.Fatalf("%s, %s, %s: %v", first, second, s.State().Photo, err)
	}
	save("d.jpg", func(w io.Writer) error { _, err := w.Write([]byte("broken")); return err })
	if _, err := scope.New(scope.Options{Images: filepath.Join(dir, "none"), Encoder: &canned{}}); appliance.CodeOf(err) != appliance.NotFound {
		t.Fatal(err)
	}
	if _, err := scope.New(scope.Options{Images: t.TempDir(), Encoder: &canned{}}); appliance.CodeOf(err) != appliance.NotFound {
		t.Fatal(err)
	}
}
