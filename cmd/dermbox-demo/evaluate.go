package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/supervise"
	"dermbox/camera"
	"dermbox/camera/scope"
	"dermbox/firmware/keyring"
	"dermbox/inference"
	"dermbox/inference/evaluate"
	"dermbox/inference/pack"
)

// evaluation takes drawings of unseen seeds through the whole of what a photograph goes through in the clinic: the simulated
// dermatoscope's MJPEG, the camera worker, the decoder, the model's worker, the thresholds and the route.
type evaluation struct {
	root, bin, tflite string
	packPath          string // "" for the committed one
	images            string // a folder of photographs that the dermatoscope shows instead of drawings
	first, count      int64
	out               io.Writer

	scope     *url.URL
	clock     appliance.BoundedClock
	camera    *camera.Client
	inference *inference.Client
	pack      *pack.Pack
	rules     *eligibility.Engine
}

// Result is what came of it.
type Result struct {
	evaluate.Summary
	Routes map[appliance.Route]int `json:"routes"` // of each drawing, in pathway TRIAGE_PRIORITY, with nothing against it in the history
}

func evaluateCommand(root, bin *string) *cobra.Command {
	e := evaluation{out: os.Stderr}
	var asJSON bool
	c := &cobra.Command{
		Use: "evaluate", Short: "How well the simulation model judges unseen drawings, through camera, JPEG and worker", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e.root, e.bin = *root, *bin
			result, err := e.run(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				out := json.NewEncoder(cmd.OutOrStdout())
				out.SetIndent("", " ")
				return out.Encode(result)
			}
			result.print(cmd.OutOrStdout())
			return nil
		},
	}
	c.Flags().Int64Var(&e.first, "first-seed", 300001, "first seed; the model was trained and tested on lower ones")
	c.Flags().Int64Var(&e.count, "seeds", 100, "seeds of each kind")
	c.Flags().StringVar(&e.tflite, "tflite", os.Getenv("DERMBOX_TFLITE"), "the TensorFlow Lite library")
	c.Flags().StringVar(&e.packPath, "pack", "", "another pack than the committed one, signed by the demonstration's model key")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (r Result) print(out io.Writer) {
	fmt.Fprintf(out, "%d drawings, %.1f ms for each judgement, engine %s\n", r.Cases, r.MeanMS, r.Engine)
	for _, label := range []string{scope.Naevus, scope.Melanoma, scope.Keratosis, "none"} {
		if auc, ok := r.AUC[label]; ok {
			fmt.Fprintf(out, "AUC of %-4s against the rest: %.4f\n", label, auc)
		}
	}
	for _, truth := range slices.Sorted(maps.Keys(r.Verdict)) {
		fmt.Fprintf(out, "drawn %-4s judged %v\n", truth, r.Verdict[truth])
	}
	fmt.Fprintf(out, "routes %v\n", r.Routes)
}

// run starts the parts, judges every drawing and stops the parts.
func (e *evaluation) run(ctx context.Context) (result Result, err error) {
	err = e.with(ctx, func(ctx context.Context) error {
		result, err = e.judgeAll(ctx)
		return err
	})
	return result, err
}

// with starts the parts, does the work once they are ready, and stops them.
func (e *evaluation) with(ctx context.Context, work func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop, err := e.startScope(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := e.assemble(); err != nil {
		return err
	}
	parts := supervise.New(supervise.Options{Log: slog.New(slog.DiscardHandler)})
	parts.Add("camera", e.camera, supervise.Restart)
	parts.Add("inference", e.inference, supervise.Restart)
	served := make(chan error, 1)
	go func() { served <- parts.Serve(ctx) }()
	defer func() { cancel(); <-served }()
	if err := e.ready(ctx); err != nil {
		return err
	}
	return work(ctx)
}

// startScope starts the simulated dermatoscope on a free port and reads its address from its first line.
func (e *evaluation) startScope(ctx context.Context) (stop func(), err error) {
	args := []string{"scope", "--listen", "127.0.0.1:0"}
	if e.images != "" {
		args = append(args, "--images", e.images)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(e.bin, "dermbox-imaging"), args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, appliance.E(appliance.NotFound, "demo.evaluate_scope", err, "folder", e.bin)
	}
	stop = func() { _ = cmd.Cancel(); _ = cmd.Wait() }
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil {
		e.scope, err = url.Parse(strings.TrimSpace(line))
	}
	if err != nil {
		stop()
		return nil, appliance.E(appliance.Unavailable, "demo.evaluate_scope", err, "folder", e.bin)
	}
	return stop, nil
}

func (e *evaluation) assemble() error {
	ring, err := keyring.Demo()
	if err != nil {
		return err
	}
	if e.packPath == "" {
		e.packPath = filepath.Join(e.root, "firmware/demo/signed/simulation.dermpack")
	}
	if e.pack, err = pack.Open(e.packPath, ring); err != nil {
		return err
	}
	if e.rules, err = eligibility.Parse(eligibility.Default()); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(e.out, &slog.HandlerOptions{Level: slog.LevelError}))
	e.clock = clock.System(time.Time{}, time.Time{})
	imaging := filepath.Join(e.bin, "dermbox-imaging")
	e.inference = inference.NewClient(inference.ClientOptions{
		WorkerPath: filepath.Join(e.bin, "dermbox-inference"), TFLite: e.tflite, Pack: e.pack, Clock: e.clock, Log: log,
	})
	e.camera, err = camera.NewClient(camera.ClientOptions{
		WorkerPath: imaging, Source: camera.Source{URL: e.scope.String(), Settings: camera.Settings{FourCC: "MJPG", Width: 1920, Height: 1080, FPS: 30}},
		Log: log, Clock: e.clock,
	})
	return err
}

// ready waits until camera and model work.
func (e *evaluation) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for !e.camera.State().Ready() || !e.inference.State().Ready {
		select {
		case <-ctx.Done():
			return appliance.E(appliance.Unavailable, "demo.evaluate_ready", ctx.Err(), "camera", e.camera.State().Key, "model", e.inference.State().Key)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

func (e *evaluation) judgeAll(ctx context.Context) (Result, error) {
	result := Result{Routes: map[appliance.Route]int{}}
	var cases []evaluate.Case
	for _, kind := range []string{scope.Naevus, scope.Melanoma, scope.Keratosis} {
		for seed := e.first; seed < e.first+e.count; seed++ {
			subject := scope.Random(kind, seed)
			scores, err := e.one(ctx, subject)
			if err != nil {
				return result, err
			}
			cases = append(cases, evaluate.Case{Truth: kind, Group: fmt.Sprintf("tone %d", subject.Tone), Scores: scores})
			result.Routes[e.route(scores)]++
		}
		fmt.Fprintf(e.out, "evaluate: %d drawings of kind %s judged\n", e.count, kind)
	}
	result.Summary = evaluate.Summarise(&e.pack.Manifest, cases)
	return result, nil
}

// one shows a subject, takes the first frame exposed after it showed, and has it judged.
func (e *evaluation) one(ctx context.Context, subject scope.Subject) (inference.Scores, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := e.show(ctx, subject); err != nil {
		return inference.Scores{}, err
	}
	frame, err := e.camera.NextAfter(ctx, e.clock.Now())
	if err != nil {
		return inference.Scores{}, err
	}
	return e.assess(ctx, frame.JPEG)
}

// assess has a picture judged as one through the optics that the camera declares.
func (e *evaluation) assess(ctx context.Context, jpeg []byte) (inference.Scores, error) {
	opened, _ := e.camera.Opened()
	return e.inference.Assess(ctx, inference.Input{JPEG: jpeg, Optics: opened.Camera.Optics})
}

// show has the scope draw the subject; it answers once every later frame shows it.
func (e *evaluation) show(ctx context.Context, subject scope.Subject) error {
	body, err := json.Marshal(scope.Command{Subject: &subject})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.scope.ResolveReference(&url.URL{Path: "/control"}).String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return appliance.E(appliance.Unavailable, "demo.evaluate_scope", fmt.Errorf("status %d", answer.StatusCode), "folder", e.bin)
	}
	return nil
}

// route is where such a lesion would go if nothing in its history spoke against the model's word.
func (e *evaluation) route(scores inference.Scores) appliance.Route {
	_, _, class, ok := inference.Interpret(&e.pack.Manifest, scores)
	status := appliance.Assessed
	if !ok {
		status = appliance.NotAssessed
	}
	return e.rules.Route(eligibility.Question{Pathway: appliance.TriagePriority, Status: status, Class: class}).Route
}
