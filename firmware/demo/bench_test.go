package demo_test

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/camera"
	"dermbox/firmware/demo"
)

// envPipeline makes this test binary the pipeline that the preview is held against; its value is the folder of the frames.
const envPipeline = "DERMBOX_BENCH_PIPELINE"

// frameInterval is the time from one frame of the simulated dermatoscope to the next, in milliseconds.
const frameInterval = 1000.0 / 30

// starving is how many frames a second are too few for a figure of what thirty cost.
const starving = 28

// audience is one viewer of the live picture, who notes when things came.
type audience struct {
	live *demo.Live
	done sync.WaitGroup

	mu     sync.Mutex
	frames int
	kept   [][]byte
	words  chan demo.LiveMessage // each word, and the first frame after it
}

func (r *rig) audience(b *testing.B) *audience {
	b.Helper()
	v, err := r.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	a := &audience{words: make(chan demo.LiveMessage, 100)}
	if a.live, err = v.Browser.Aim(b.Context(), appliance.Dermoscopic); err != nil {
		b.Fatal(err)
	}
	a.done.Go(a.watch)
	b.Cleanup(func() { _ = a.live.Close(); a.done.Wait() }) // the server may have closed it
	return a
}

func (a *audience) watch() {
	defer close(a.words)
	told := true
	for {
		m, err := a.live.Next()
		if err != nil {
			return
		}
		if m.Hint != nil {
			continue
		}
		if m.JPEG == nil || told {
			a.words <- m
		}
		told = m.JPEG == nil
		if m.JPEG == nil {
			continue
		}
		a.mu.Lock()
		a.frames++
		if len(a.kept) < 30 {
			a.kept = append(a.kept, m.JPEG)
		}
		a.mu.Unlock()
	}
}

func (a *audience) seen() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.frames
}

// await gives when the first message came that is as wanted.
func (a *audience) await(b *testing.B, what string, wanted func(demo.LiveMessage) bool) time.Time {
	b.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case m, ok := <-a.words:
			if !ok {
				b.Fatalf("the live picture ended, awaited: %s", what)
			}
			if wanted(m) {
				return time.Now()
			}
		case <-late:
			b.Fatalf("never: %s", what)
		}
	}
}

func picture(m demo.LiveMessage) bool { return m.JPEG != nil }
func gone(m demo.LiveMessage) bool    { return m.JPEG == nil && !m.Ready }

// BenchmarkRecordPreview measures what the daemon uses of a core while one page in its capture step watches 1080p at thirty a second
// and is told what is wrong with it, in turns with a pipeline of OpenCV that decodes and encodes the same frames, and the daemon's
// memory. The judge's worker is not in it. A viewer who is starved costs little, so how many frames came is a record as well, and
// where they were too few the first one's name says so.
func BenchmarkRecordPreview(b *testing.B) {
	r := newRig(b, nil)
	r.startAll(b)
	a := r.audience(b)
	a.await(b, "a picture", picture)
	for a.seen() < 60 {
		time.Sleep(10 * time.Millisecond)
	}
	folder := b.TempDir()
	for i, jpeg := range a.kept {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%02d.jpg", i)), jpeg, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	var ours, theirs, memory, rate []float64
	for b.Loop() {
		if len(ours) == 3 {
			continue // further windows say nothing new
		}
		cpu, fps, rss := r.window(b, a)
		ours, rate, memory = append(ours, cpu), append(rate, fps), append(memory, rss)
		theirs = append(theirs, transcoding(b, folder))
	}
	cpu, fps := "camera.preview.daemon_cpu", share(rate, 50)
	if slices.Min(rate) < starving {
		cpu += "_viewer_starved"
	}
	b.ReportMetric(share(ours, 50), cpu+":percent")
	b.ReportMetric(share(theirs, 50), cpu+":percent:decode_and_encode")
	b.ReportMetric(slices.Max(memory), "camera.preview.daemon_rss:MiB")
	b.ReportMetric(fps, "camera.preview.viewer:fps")
	b.ReportMetric(1000/frameInterval, "camera.preview.viewer:fps:camera")
}

// window gives the daemon's percent of a core, the viewer's frames per second and the daemon's MiB over five seconds.
func (r *rig) window(b *testing.B, a *audience) (cpu, fps, rss float64) {
	b.Helper()
	before, err := demo.UsageOf(r.BoxPid())
	if err != nil {
		b.Fatal(err)
	}
	began, frames := time.Now(), a.seen()
	time.Sleep(5 * time.Second)
	after, err := demo.UsageOf(r.BoxPid())
	if err != nil {
		b.Fatal(err)
	}
	seconds := time.Since(began).Seconds()
	return 100 * (after.CPU - before.CPU).Seconds() / seconds, float64(a.seen()-frames) / seconds, after.RSSMiB
}

func transcoding(b *testing.B, folder string) float64 {
	b.Helper()
	own, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	child := exec.CommandContext(b.Context(), own)
	child.Env = append(os.Environ(), envPipeline+"="+folder)
	out, err := child.Output()
	if err != nil {
		b.Fatalf("the pipeline needs a build with OpenCV: %v", err)
	}
	percent, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		b.Fatal(err)
	}
	return percent
}

// BenchmarkRecordPress measures from a press to a still in the daemon's memory that was exposed after it, with the real worker
// and the simulated dermatoscope, against the time between two frames: the next exposure has to be waited for.
func BenchmarkRecordPress(b *testing.B) {
	r := newRig(b, nil)
	if err := r.StartScope(b.Context()); err != nil {
		b.Fatal(err)
	}
	machine := clock.System(time.Time{}, time.Time{})
	client, err := camera.NewClient(camera.ClientOptions{
		WorkerPath: filepath.Join(r.options.Bin, "dermbox-imaging"), Source: camera.Source{URL: r.ScopeURL() + "/stream.mjpg"},
		Log: slog.New(slog.DiscardHandler), Clock: machine,
	})
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- client.Serve(b.Context()) }()
	b.Cleanup(func() { <-ended }) // the context ends before
	for end := time.Now().Add(time.Minute); !client.State().Ready(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatal(client.State().Key)
		}
	}
	var took []float64
	for b.Loop() {
		for range 20 {
			if len(took) == 200 {
				break // further presses say nothing new
			}
			time.Sleep(time.Duration(rand.IntN(int(time.Second / 30)))) // at any time within a frame
			began := time.Now()
			if _, err := client.NextAfter(b.Context(), machine.Now()); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began).Seconds()*1000)
		}
	}
	b.ReportMetric(share(took, 95), "camera.press_to_still_p95:ms")
	b.ReportMetric(frameInterval, "camera.press_to_still_p95:ms:frame_interval")
}

// BenchmarkRecordReplug takes the dermatoscope away and brings it back: until the page is told, and from its first answer until
// the page has a picture again. The slowest counts, against what is promised.
func BenchmarkRecordReplug(b *testing.B) {
	r := newRig(b, nil)
	r.startAll(b)
	a := r.audience(b)
	a.await(b, "a picture", picture)
	var away, back []float64
	for b.Loop() {
		if len(away) == 3 {
			continue // further turns say nothing new
		}
		began := time.Now()
		if err := r.StopScope(); err != nil {
			b.Fatal(err)
		}
		away = append(away, a.await(b, "the word that it is gone", gone).Sub(began).Seconds())
		time.Sleep(3 * time.Second) // the daemon's tries become rarer
		if err := r.StartScope(b.Context()); err != nil {
			b.Fatal(err)
		}
		began = time.Now()
		back = append(back, max(0, a.await(b, "a picture again", picture).Sub(began).Seconds()))
	}
	b.ReportMetric(slices.Max(away), "camera.unplug_to_message:s")
	b.ReportMetric(2, "camera.unplug_to_message:s:promise")
	b.ReportMetric(slices.Max(back), "camera.replug_to_frame:s")
	b.ReportMetric(5, "camera.replug_to_frame:s:promise")
}

// share gives the value that so many percent do not exceed.
func share(values []float64, percent int) float64 {
	if len(values) == 0 {
		panic(errors.New("nothing was measured"))
	}
	slices.Sort(values)
	return values[min(len(values)-1, len(values)*percent/100)]
}
