package inference_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference"
	"dermbox/inference/graph/graphtest"
	"dermbox/inference/pack"
)

// seated gives a desk that is served, with the made-up model in force.
func seated(t *testing.T, o inference.ClientOptions) *inference.Desk {
	t.Helper()
	d := inference.NewDesk(o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve gave %v", err)
		}
	})
	return d
}

// again is the test pack under another version: another digest, the same model.
func again(t *testing.T, version int) *pack.Pack {
	return packOf(t, func(m *pack.Manifest) { m.Version = version })
}

// packOf is the test pack with another manifest.
func packOf(t *testing.T, change func(m *pack.Manifest)) *pack.Pack {
	t.Helper()
	golden, err := json.Marshal(pack.Golden{Schema: pack.GoldenSchema, Vectors: []pack.Vector{
		{Name: "grey", Probabilities: []float64{0.8, 0.2}, Over: []string{"mel", "nv"}},
		{Name: "black", Probabilities: []float64{1, 0}, Over: []string{"nv"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	m := manifest()
	change(&m)
	return verified(t, m, map[string][]byte{
		"model.tflite": graphtest.Model{Result: []int32{1, 2}}.Bytes(), "card.md": []byte("#"), "golden.json": golden,
		"golden.bin": append(bytes.Repeat([]byte{51}, 48), make([]byte, 48)...),
	})
}

// verified signs a pack of these members and reads it as a box does.
func verified(t *testing.T, m pack.Manifest, members map[string][]byte) *pack.Pack {
	t.Helper()
	raw, err := pack.Sign(t.Context(), m, members, signed.NewEd25519Signer(modelKey))
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Read(t.Context(), raw, keys{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func judgedBy(t *testing.T, d *inference.Desk) string {
	t.Helper()
	scores, m, err := d.Judge(within(t), grey(102))
	if err != nil {
		t.Fatal(err)
	}
	if scores.Model.ID != m.ID || scores.Model.Engine == "" || scores.Model.Version != m.Ref("", "").Version {
		t.Fatalf("%+v by the manifest of %s %d", scores.Model, m.ID, m.Version)
	}
	return scores.Model.Version
}

func TestSwitch(t *testing.T) {
	d := seated(t, options(t, "good"))
	if v := judgedBy(t, d); v != "2" {
		t.Fatalf("judged by %s", v)
	}
	committed := ""
	if err := d.Switch(within(t), again(t, 3), func(engine string) error {
		committed = engine
		if v := judgedBy(t, d); v != "2" {
			t.Errorf("before the change is durable, %s judges", v)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if v := judgedBy(t, d); v != "3" || committed != "made-up engine" {
		t.Errorf("judged by %s, committed with %q", v, committed)
	}
	if err := d.Switch(within(t), again(t, 4), nil); err != nil || judgedBy(t, d) != "4" {
		t.Errorf("%v", err)
	}
}

// Whatever fails, the model before goes on judging, and nothing of the other stays behind.
func TestFailedSwitch(t *testing.T) {
	d := seated(t, options(t, "good"))
	full := appliance.E(appliance.Full, "storage.full", nil)
	if err := d.Switch(within(t), again(t, 3), func(string) error { return full }); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	wrong := packOf(t, func(m *pack.Manifest) { m.Version, m.Tolerance = 5, 1e-9 })
	wrong.Golden.Vectors[0].Probabilities[0] += 0.01
	wantKey(t, d.Switch(within(t), wrong, func(string) error { t.Error("committed"); return nil }), appliance.Unverified, "inference.golden_mismatch")
	unfit := packOf(t, func(m *pack.Manifest) { m.Version = 7 })
	unfit.Model = []byte("\x1c\x00\x00\x00TFL3----")
	if err := d.Switch(within(t), unfit, func(string) error { t.Error("committed"); return nil }); appliance.CodeOf(err) != appliance.Unverified {
		t.Errorf("a model that can never run: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	wantKey(t, d.Switch(ended, again(t, 6), func(string) error { t.Error("committed"); return nil }), appliance.Unavailable, "inference.not_ready")
	if v := judgedBy(t, d); v != "2" {
		t.Errorf("judged by %s", v)
	}
}

// Without a model each still is refused with the reason, and a switch brings one.
func TestDeskWithoutAModel(t *testing.T) {
	o := options(t, "good")
	o.Pack, o.Refused = nil, appliance.E(appliance.Unverified, "pack.member_changed", nil)
	d := seated(t, o)
	_, err := d.Assess(within(t), grey(102))
	wantKey(t, err, appliance.Unverified, "pack.member_changed")
	if err := d.Switch(within(t), again(t, 3), nil); err != nil || judgedBy(t, d) != "3" || d.Client().Refused() != nil {
		t.Fatalf("%v", err)
	}
	if err := d.Withdraw(within(t), appliance.E(appliance.NotFound, "daemon.no_pack", nil)); err != nil {
		t.Fatal(err)
	}
	_, err = d.Assess(within(t), grey(102))
	wantKey(t, err, appliance.NotFound, "daemon.no_pack")
	if s := d.Client().State(); s.Ready || s.Key != "daemon.no_pack" {
		t.Errorf("%+v", s)
	}
}

// What is restored is in force at once: a model that judges as soon as its worker is ready, or none.
func TestRestore(t *testing.T) {
	o := options(t, "good")
	o.Pack, o.Refused = nil, appliance.E(appliance.Unavailable, "inference.starting", nil)
	d := seated(t, o)
	if err := d.Restore(within(t), again(t, 3), nil); err != nil || judgedBy(t, d) != "3" {
		t.Fatalf("%v", err)
	}
	if err := d.Restore(within(t), nil, appliance.E(appliance.Unverified, "pack.member_changed", nil)); err != nil {
		t.Fatal(err)
	}
	_, err := d.Assess(within(t), grey(102))
	wantKey(t, err, appliance.Unverified, "pack.member_changed")
}

// A desk that is not served cannot switch; served again it goes on with the model that was in force.
func TestDeskIsServedAgain(t *testing.T) {
	d := inference.NewDesk(options(t, "good"))
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	wantKey(t, d.Switch(short, again(t, 3), nil), appliance.Unavailable, "inference.not_ready")
	for _, want := range []string{"2", "3"} {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Serve(ctx) }()
		if v := judgedBy(t, d); v != want {
			t.Errorf("judged by %s, want %s", v, want)
		}
		if want == "2" {
			if err := d.Switch(within(t), again(t, 3), nil); err != nil {
				t.Error(err)
			}
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve gave %v", err)
		}
	}
}

// Stills that are judged while the model is changed again and again all get an answer, each of one model whole.
func TestNoStillIsLostInASwitch(t *testing.T) {
	d := seated(t, options(t, "good"))
	judgedBy(t, d)
	stop := make(chan struct{})
	var judges sync.WaitGroup
	for range 3 {
		judges.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				scores, m, err := d.Judge(t.Context(), grey(102))
				if err != nil {
					t.Errorf("a still was lost: %v", err)
					return
				}
				if scores.Model.Version != m.Ref("", "").Version {
					t.Errorf("model %s by the manifest of %d", scores.Model.Version, m.Version)
					return
				}
			}
		})
	}
	for n := range 6 {
		if err := d.Switch(within(t), again(t, 10+n), nil); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	judges.Wait()
	if v := judgedBy(t, d); v != "15" {
		t.Errorf("judged by %s", v)
	}
}

// An end of the service in the middle of a switch ends both workers.
func TestDeskEndsInASwitch(t *testing.T) {
	o := options(t, "slow")
	o.Pack = nil
	d := inference.NewDesk(o)
	ctx, cancel := context.WithCancel(t.Context())
	done, switched := make(chan error, 1), make(chan error, 1)
	go func() { done <- d.Serve(ctx) }()
	go func() {
		for ; ; time.Sleep(time.Millisecond) {
			if err := d.Switch(ctx, again(t, 3), nil); ctx.Err() != nil {
				switched <- err
				return
			}
		}
	}()
	time.Sleep(200 * time.Millisecond)
	cancel()
	if err := <-switched; appliance.CodeOf(err) != appliance.Unavailable {
		t.Errorf("Switch gave %v", err)
	}
	<-done
}

func TestRunBench(t *testing.T) {
	o := options(t, "good")
	b, err := inference.RunBench(within(t), o, 20)
	if err != nil || b.N != 20 || b.P50MS <= 0 || b.P95MS < b.P50MS || b.LoadMS <= 0 || b.RSS <= 0 || b.Model.Engine != "made-up engine" {
		t.Errorf("%+v, %v", b, err)
	}
	_, err = inference.RunBench(within(t), options(t, "wrong"), 20)
	wantKey(t, err, appliance.Unverified, "inference.golden_mismatch")
	o.Pack = nil
	_, err = inference.RunBench(within(t), o, 20)
	wantKey(t, err, appliance.NotFound, "inference.no_model")
}
