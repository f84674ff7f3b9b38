package health_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dermbox/appliance"
	"dermbox/appliance/health"
)

// clock is a clock that a test moves.
type clock struct {
	mu   sync.Mutex
	wall time.Time
}

func (c *clock) Now() appliance.Stamp {
	c.mu.Lock()
	defer c.mu.Unlock()
	return appliance.Stamp{Wall: c.wall, Boot: "b", Mono: c.wall.UnixNano(), Quality: appliance.ClockSynchronised}
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = c.wall.Add(d)
}

func newClock() *clock { return &clock{wall: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)} }

func TestSinceStaysWhileTheStateStays(t *testing.T) {
	c := newClock()
	r := health.New(c)
	start := c.Now()
	r.Set("camera", health.Check{Level: health.Error, Key: "camera.gone", Params: map[string]string{"tries": "1"}, Who: health.HCA})
	c.move(time.Minute)
	r.Set("camera", health.Check{Level: health.Error, Key: "camera.gone", Params: map[string]string{"tries": "2"}, Who: health.IT})
	got, _ := r.Get("camera")
	want := health.State{Name: "camera", Level: health.Error, Key: "camera.gone", Params: map[string]string{"tries": "2"}, Who: health.IT, Since: start}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	r.Set("camera", health.Check{Level: health.OK, Key: "camera.open", Who: health.Nobody})
	if got, _ := r.Get("camera"); got.Since != c.Now() {
		t.Errorf("since %v after a change at %v", got.Since, c.Now())
	}
	if _, known := r.Get("none"); known {
		t.Error("a check that nobody reported is known")
	}
}

func TestLevelAndOrder(t *testing.T) {
	r := health.New(newClock())
	if got := r.Snapshot().Level; got != health.Warn {
		t.Errorf("level of an empty registry is %s", got)
	}
	for _, s := range []struct {
		name  string
		level health.Level
		want  health.Level
	}{{"sync", health.OK, health.OK}, {"clock", health.Warn, health.Warn}, {"camera", health.Error, health.Error},
		{"model", health.Error, health.Error}, {"alien", "purple", health.Error}} {
		r.Set(s.name, health.Check{Level: s.level})
		if got := r.Snapshot().Level; got != s.want {
			t.Errorf("after %s the level is %s, want %s", s.name, got, s.want)
		}
	}
	var names []string
	for _, c := range r.Snapshot().Checks {
		names = append(names, c.Name)
	}
	if d := cmp.Diff([]string{"alien", "camera", "model", "clock", "sync"}, names); d != "" {
		t.Error(d)
	}
	r.Remove("alien")
	r.Remove("alien")
	if len(r.Snapshot().Checks) != 4 {
		t.Error("a removed check is still there")
	}
}

func TestChangedFiresOnChangesOnly(t *testing.T) {
	r := health.New(newClock())
	fired := func(act func()) bool {
		changed := r.Changed()
		act()
		select {
		case <-changed:
			return true
		default:
			return false
		}
	}
	ok := health.Check{Level: health.OK, Key: "a", Who: health.Nobody}
	if !fired(func() { r.Set("x", ok) }) || fired(func() { r.Set("x", ok) }) {
		t.Error("a new check must fire, the same again must not")
	}
	if !fired(func() { r.Set("x", health.Check{Level: health.OK, Key: "b", Who: health.Nobody}) }) || !fired(func() { r.Remove("x") }) {
		t.Error("a change and a removal must fire")
	}
}

func TestJSON(t *testing.T) {
	r := health.New(newClock())
	r.Set("disk", health.Check{Level: health.Warn, Key: "disk.low", Params: map[string]string{"free": "2 GB"}, Who: health.IT})
	got, err := json.Marshal(r.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	stamp := `{"wall":"2026-11-22T09:00:00Z","mono_ns":1795338000000000000,"boot":"b","quality":"synchronised"}`
	want := `{"level":"warn","at":` + stamp + `,"checks":[{"name":"disk","level":"warn","key":"disk.low","params":{"free":"2 GB"},"who":"it","since":` + stamp + `}]}`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}
}

func TestManyAtOnce(t *testing.T) {
	c := newClock()
	r := health.New(c)
	params := map[string]string{"n": "0"}
	r.Set("a", health.Check{Level: health.OK, Params: params})
	params["n"] = "changed by the caller"
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		wg.Go(func() {
			for i := range 200 {
				r.Set(name, health.Check{Level: []health.Level{health.OK, health.Warn}[i%2], Params: map[string]string{"n": "0"}})
				report := r.Snapshot()
				for _, s := range report.Checks {
					if s.Params["n"] != "0" {
						t.Error("a caller's map reached the registry")
					}
					s.Params["n"] = "changed by a reader"
				}
				c.move(time.Second)
				_ = r.Changed()
			}
		})
	}
	wg.Wait()
}
