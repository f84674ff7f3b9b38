package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const measured = `goos: linux
BenchmarkRecordWorker-2   	     100	   1930000 ns/op	         1.93 inference.worker_overhead:ms	         1.6 inference.worker_overhead:ms:bare_engine
BenchmarkOther-2   	     100	   1930000 ns/op
PASS
`

func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bench.json")
	old := `[{"name":"sync.loopback","value":2,"unit":"ms","against":"plain_put","ratio":1.1,"n":5,"commit":"aaa"},
{"name":"inference.worker_overhead","value":9,"unit":"ms","against":"bare_engine","ratio":9,"n":5,"commit":"aaa"}]`
	if err := os.WriteFile(file, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run(strings.NewReader(measured), &out, file, "bbb"); err != nil {
		t.Fatal(err)
	}
	records, err := load(file)
	if err != nil || len(records) != 2 {
		t.Fatalf("load = %v, %v, want two records", records, err)
	}
	worker := records[0]
	if worker.Value != 1.93 || worker.Against != "bare_engine" || worker.N != 100 || worker.Commit != "bbb" ||
		worker.Ratio < 1.2 || worker.Ratio > 1.21 {
		t.Errorf("record = %+v", worker)
	}
	if n := strings.Count(out.String(), "  smaller  "); n != 2 {
		t.Errorf("%d of 2 times are shown as better when smaller:\n%s", n, out.String())
	}
	if !strings.Contains(out.String(), "stale: of commit aaa") {
		t.Errorf("the old record is not shown as stale:\n%s", out.String())
	}
}

func TestRunFails(t *testing.T) {
	for name, in := range map[string]string{
		"no record":       "BenchmarkOther-2 100 1 ns/op\nPASS\n",
		"a failed one":    measured + "--- FAIL: BenchmarkX\nFAIL\n",
		"nothing came in": "",
	} {
		t.Run(name, func(t *testing.T) {
			if err := run(strings.NewReader(in), &strings.Builder{}, filepath.Join(t.TempDir(), "b"), "c"); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestBetter(t *testing.T) {
	for unit, want := range map[string]string{"ms": "smaller", "MiB": "smaller", "ratio": "smaller", "per_s": "larger", "MB/s": "larger", "fps": "larger", "share": "larger", "auc": "larger", "word": "?"} {
		if got := better(unit); got != want {
			t.Errorf("better(%s) = %s, want %s", unit, got, want)
		}
	}
}
