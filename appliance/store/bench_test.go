package store_test

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dermbox/appliance"
)

// stillSize is that of a 1920x1080 JPEG of the dermatoscope, in bytes.
const stillSize = 400 << 10

// bareDisk does the same work with nothing of ours: a file written, synced, renamed and its folder synced, then one commit
// of the same bytes to a table without indexes.
type bareDisk struct {
	dir string
	db  *sql.DB
}

func newBare(b *testing.B) *bareDisk {
	b.Helper()
	dir := b.TempDir()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "bare.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	must(b, err)
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { db.Close() })
	_, err = db.Exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, x BLOB)`)
	must(b, err)
	return &bareDisk{dir, db}
}

func (d *bareDisk) file(b *testing.B, data []byte) {
	f, err := os.CreateTemp(d.dir, "x")
	must(b, err)
	_, err = f.Write(data)
	must(b, err)
	must(b, f.Sync())
	must(b, f.Close())
	must(b, os.Rename(f.Name(), f.Name()+".jpg"))
	dir, err := os.Open(d.dir)
	must(b, err)
	must(b, dir.Sync())
	must(b, dir.Close())
}

func (d *bareDisk) commit(b *testing.B, row []byte) {
	tx, err := d.db.Begin()
	must(b, err)
	_, err = tx.Exec(`INSERT INTO t (x) VALUES (?)`, row)
	must(b, err)
	must(b, tx.Commit())
}

// BenchmarkRecordSaved: from the still in memory to the end of its commit, against the bare disk, by turns in one run.
func BenchmarkRecordSaved(b *testing.B) {
	r, bare := newRig(b), newBare(b)
	ours, theirs := make([]float64, 0, b.N), make([]float64, 0, b.N)
	var c *appliance.Case
	for i := range b.N {
		if i%4 == 0 {
			c = r.upTo(appliance.HistoryDone)
		}
		jpeg := picture(stillSize)
		capture := still(c, jpeg)
		row, err := json.Marshal(c)
		must(b, err)
		start := time.Now()
		bare.file(b, jpeg)
		bare.commit(b, row)
		between := time.Now()
		must(b, r.stills.Keep(b.Context(), c, capture, jpeg, act("capture.keep"), attempt(capture, "kept")))
		ours = append(ours, milliseconds(time.Since(between)))
		theirs = append(theirs, milliseconds(between.Sub(start)))
	}
	b.ReportMetric(quantile(ours, 0.5), "store.still_to_saved_p50:ms")
	b.ReportMetric(quantile(theirs, 0.5), "store.still_to_saved_p50:ms:bare")
	if len(ours) >= 200 { // below, the hundredth part of the samples is one or none
		b.ReportMetric(quantile(ours, 0.99), "store.still_to_saved_p99:ms")
		b.ReportMetric(quantile(theirs, 0.99), "store.still_to_saved_p99:ms:bare")
	}
}

// BenchmarkRecordStep: commits of a visit's step per second, against a loop that writes and syncs the same bytes.
func BenchmarkRecordStep(b *testing.B) {
	r := newRig(b)
	c := r.upTo(appliance.HistoryDone)
	row, err := json.Marshal(c)
	must(b, err)
	f, err := os.Create(filepath.Join(b.TempDir(), "flush"))
	must(b, err)
	defer f.Close()
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		_, err := f.Write(row)
		must(b, err)
		must(b, f.Sync())
		between := time.Now()
		must(b, r.SaveCase(b.Context(), c, act("lesion.record")))
		ours += time.Since(between)
		theirs += between.Sub(start)
	}
	b.ReportMetric(float64(b.N)/ours.Seconds(), "store.commits_vs_flush:per_s")
	b.ReportMetric(float64(b.N)/theirs.Seconds(), "store.commits_vs_flush:per_s:flush")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func quantile(samples []float64, q float64) float64 {
	slices.Sort(samples)
	return samples[int(q*float64(len(samples)-1))]
}
