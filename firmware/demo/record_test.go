package demo_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dermbox/firmware/demo"
)

// BenchmarkRecordLine takes cases through the real daemon, workers, simulated dermatoscope and hub on this machine. From the
// press to the page that says the still is kept stands against a write and sync of the same bytes; from the box's offer to the
// hub's receipt against a plain HTTPS PUT of the same bytes. Each is measured in turns with its counterpart.
func BenchmarkRecordLine(b *testing.B) {
	r := newRig(b, nil)
	r.startAll(b)
	plain := newPlainPut(b)
	var pressed, written, sent, put []float64
	for b.Loop() {
		v, err := r.Begin(b.Context())
		must(b, err)
		began := time.Now()
		must(b, v.Capture(b.Context()))
		took := time.Since(began)
		must(b, v.SignOff(b.Context()))
		t, err := r.Await(b.Context(), v.ID(), time.Minute, func(t demo.Trace) bool { return t.Receipt != nil })
		must(b, err)
		still, batch := t.Captures[0], t.Batches[len(t.Batches)-1]
		if still.Attempt == 1 { // else the gate asked for another press
			pressed = append(pressed, milliseconds(took))
			written = append(written, writeAndSync(b, filepath.Join(r.options.Var, "bare"), still.Size))
		}
		if batch.OfferedAt == nil || batch.CommittedAt == nil {
			b.Fatalf("the box does not say when batch %d was offered and committed", batch.Number)
		}
		sent = append(sent, milliseconds(batch.CommittedAt.Sub(*batch.OfferedAt)))
		put = append(put, plain.put(b, batch.BytesTotal))
	}
	if len(pressed) == 0 {
		b.Fatal("no still was kept at the first press")
	}
	b.ReportMetric(middle(pressed), "line.press_to_saved:ms")
	b.ReportMetric(middle(written), "line.press_to_saved:ms:write_and_sync")
	b.ReportMetric(middle(sent), "line.offer_to_receipt:ms")
	b.ReportMetric(middle(put), "line.offer_to_receipt:ms:plain_put")
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func middle(samples []float64) float64 {
	slices.Sort(samples)
	return samples[len(samples)/2]
}

// writeAndSync writes so many bytes that no disk can compress into a file and makes them durable.
func writeAndSync(b *testing.B, path string, size int64) float64 {
	b.Helper()
	data := make([]byte, size)
	_, err := rand.Read(data)
	must(b, err)
	began := time.Now()
	f, err := os.Create(path)
	must(b, err)
	_, err = f.Write(data)
	must(b, err)
	must(b, f.Sync())
	must(b, f.Close())
	return milliseconds(time.Since(began))
}

// plainPut is an HTTPS server on the loopback interface that reads what it is sent and keeps nothing.
type plainPut struct{ server *httptest.Server }

func newPlainPut(b *testing.B) plainPut {
	b.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	b.Cleanup(server.Close)
	return plainPut{server}
}

// put sends so many bytes over a connection that stays open, as the box's does.
func (p plainPut) put(b *testing.B, size int64) float64 {
	b.Helper()
	began := time.Now()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPut, p.server.URL, bytes.NewReader(make([]byte, size)))
	must(b, err)
	answer, err := p.server.Client().Do(request)
	must(b, err)
	_, err = io.Copy(io.Discard, answer.Body)
	must(b, err)
	must(b, answer.Body.Close())
	if answer.StatusCode != http.StatusOK {
		b.Fatal(answer.Status)
	}
	return milliseconds(time.Since(began))
}
