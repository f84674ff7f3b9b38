package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/camera/opencv"
	"dermbox/camera/scope"
)

// maxSeeds bounds one data set: three pictures of half a megabyte for each seed.
const maxSeeds = 100_000

func datasetCommand() *cobra.Command {
	var out, seeds string
	var threads int
	c := &cobra.Command{
		Use:   "dataset --out DIR --seeds A-B",
		Short: "Write drawn lesions with their labels, for training the simulation model",
		Long: `Write drawn lesions with their labels, for training the simulation model.

For each seed from A to B one naevus, one melanoma-like and one keratosis-like lesion are drawn, exposed and
encoded exactly as the simulated dermatoscope does, as 1920 x 1080 JPEG. labels.csv has the columns path, label,
tone and seed. The same seeds give the same drawings.`,
		Example: "  dermbox-imaging dataset --out build/drawings --seeds 1-600",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			first, last, err := parseSeeds(seeds)
			if err != nil {
				return err
			}
			d := dataset{dir: out, first: first, last: last, threads: threads, progress: cmd.ErrOrStderr()}
			return d.write(cmd.Context())
		},
	}
	c.Flags().StringVar(&out, "out", "", "folder to write into; made if it is not there")
	c.Flags().StringVar(&seeds, "seeds", "", "first and last seed, for example 1-600")
	c.Flags().IntVar(&threads, "threads", runtime.NumCPU(), "pictures drawn at once")
	for _, name := range []string{"out", "seeds"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // there is no such flag: a fault of this function
		}
	}
	return c
}

func parseSeeds(s string) (first, last int64, err error) {
	a, b, ok := strings.Cut(s, "-")
	if !ok {
		b = a
	}
	first, err1 := strconv.ParseInt(a, 10, 64)
	last, err2 := strconv.ParseInt(b, 10, 64)
	if err1 != nil || err2 != nil || first < 0 || last < first || last-first >= maxSeeds {
		return 0, 0, appliance.FieldError("seeds", "camera.scope.bad_seeds", "most", strconv.Itoa(maxSeeds))
	}
	return first, last, nil
}

// dataset is one run of the command.
type dataset struct {
	dir         string
	first, last int64
	threads     int
	progress    io.Writer
}

func (d dataset) subjects() []scope.Subject {
	var all []scope.Subject
	for seed := d.first; seed <= d.last; seed++ {
		for _, kind := range scope.Lesions() {
			all = append(all, scope.Random(kind, seed))
		}
	}
	return all
}

func (d dataset) write(ctx context.Context) error {
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	all := d.subjects()
	if err := d.draw(ctx, all); err != nil {
		return err
	}
	return d.labels(all)
}

// draw writes the pictures, some at once, and stops all at the first failure.
func (d dataset) draw(ctx context.Context, all []scope.Subject) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var next, done atomic.Int64
	for range max(1, d.threads) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := d.one(all[i]); err != nil {
					cancel(err)
				}
				if n := done.Add(1); n%100 == 0 || n == int64(len(all)) {
					fmt.Fprintf(d.progress, "%d of %d drawn\n", n, len(all))
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

func (d dataset) one(s scope.Subject) error {
	jpeg, err := scope.Photograph(opencv.Encoder{}, s, scope.FaultNone)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.dir, fileName(s)), jpeg, 0o644)
}

func fileName(s scope.Subject) string { return fmt.Sprintf("%s-%06d.jpg", s.Kind, s.Seed) }

// labels writes labels.csv last, so that a broken run has none.
func (d dataset) labels(all []scope.Subject) error {
	f, err := os.Create(filepath.Join(d.dir, "labels.csv"))
	if err != nil {
		return fmt.Errorf("write labels: %w", err)
	}
	rows := [][]string{{"path", "label", "tone", "seed"}}
	for _, s := range all {
		rows = append(rows, []string{fileName(s), s.Kind, strconv.Itoa(s.Tone), strconv.FormatInt(s.Seed, 10)})
	}
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		f.Close()
		return fmt.Errorf("write labels: %w", err)
	}
	return f.Close()
}
