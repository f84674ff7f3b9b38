package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/inference"
	"dermbox/inference/evaluate"
	"dermbox/inference/pack"
)

// pictureRun shows the pictures of a list to the model, in the workers that a box has.
type pictureRun struct {
	t      *tool
	pack   *pack.Pack
	optics appliance.OpticsID
	router router
	dir    string
	list   *evaluate.List
}

const (
	maxWorkers    = 8               // each holds the model
	stillPatience = 2 * time.Minute // for one picture, the start of a worker included
	unanswered    = 5               // pictures in a row without an answer: it is the model, not the pictures
)

// all gives the pictures that were judged, in the list's order, and how many workers did it; rows that could not be are added to those left out.
func (r pictureRun) all(ctx context.Context, e modelTrial) ([]evaluate.Picture, int, error) {
	options, err := r.t.inferenceOptions(e.tflite, e.sha256)
	if err != nil {
		return nil, 0, err
	}
	options.Pack, options.Clock = r.pack, clock.System(time.Time{}, time.Time{})
	if _, err := inference.Try(ctx, options); err != nil { // as before an installation: a Client would start its worker again and again
		return nil, 0, err
	}
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		return nil, 0, appliance.E(appliance.NotFound, "ctl.quality.no_folder", err, "path", r.dir)
	}
	defer func() { _ = root.Close() }() // only read
	n := min(len(r.list.Rows), runtime.GOMAXPROCS(0), maxWorkers)
	free := make(chan *inference.Client, n)
	ctx, cancel := context.WithCancel(ctx)
	var serving sync.WaitGroup
	defer serving.Wait()
	defer cancel()
	for range n {
		client := inference.NewClient(options)
		serving.Go(func() { _ = client.Serve(ctx) }) // its error is ctx's
		free <- client
	}
	if err := r.warm(ctx, free); err != nil {
		return nil, 0, err
	}
	pictures, left, err := r.each(ctx, root, free)
	for _, o := range left {
		if o.Reason != "" {
			r.list.LeftOut = append(r.list.LeftOut, o)
		}
	}
	slices.SortStableFunc(r.list.LeftOut, func(a, b evaluate.LeftOut) int { return a.Line - b.Line })
	return slices.DeleteFunc(pictures, func(p evaluate.Picture) bool { return p.ID == "" }), n, err
}

// warm has every worker judge a grey square, so that no picture's time holds the start of a worker.
func (r pictureRun) warm(ctx context.Context, free chan *inference.Client) error {
	var grey bytes.Buffer
	square := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range square.Pix {
		square.Pix[i] = 128
	}
	if err := jpeg.Encode(&grey, square, nil); err != nil {
		return err
	}
	for range cap(free) {
		client := <-free
		_, err := r.one(ctx, client, grey.Bytes())
		free <- client
		if err != nil {
			return err
		}
	}
	return nil
}

// each judges every row; a row gives a picture or a reason.
func (r pictureRun) each(ctx context.Context, root *os.Root, free chan *inference.Client) ([]evaluate.Picture, []evaluate.LeftOut, error) {
	rows := r.list.Rows
	pictures, left, by := make([]evaluate.Picture, len(rows)), make([]evaluate.LeftOut, len(rows)), make([]*inference.Client, len(rows))
	var mu sync.Mutex
	failures := 0
	err := r.t.each(ctx, len(rows), func(i int) error {
		still, reason := readStill(root, rows[i].Path)
		if reason != "" {
			left[i] = evaluate.Leave(rows[i], reason, "path", rows[i].Path)
			return nil
		}
		client := <-free
		by[i] = client
		scores, err := r.one(ctx, client, still)
		free <- client
		mu.Lock()
		defer mu.Unlock()
		switch e, _ := errors.AsType[*appliance.Error](err); {
		case err == nil:
			failures = 0
			pictures[i] = r.picture(rows[i], scores)
		case e != nil && e.Key == "inference.picture":
			left[i] = evaluate.Leave(rows[i], unprepared(still), "path", rows[i].Path)
		case ctx.Err() != nil || final(e):
			return err
		default:
			if failures++; failures >= unanswered {
				return err
			}
			left[i] = evaluate.Leave(rows[i], evaluate.LeftUnjudged, "path", rows[i].Path)
		}
		return nil
	})
	for i, p := range pictures {
		if err == nil && p.ID != "" && by[i].Doubted(p.Scores.Period) {
			err = appliance.E(appliance.Unverified, "ctl.evaluate.doubted", nil)
		}
	}
	return pictures, left, err
}

// final says whether no other picture would be judged either: the model does not load, or does not give its known answers.
func final(e *appliance.Error) bool {
	return e == nil || e.Code == appliance.Unverified || e.Code == appliance.NotFound || e.Code == appliance.Forbidden
}

// one has a still judged; a worker that is being started again is given another chance.
func (r pictureRun) one(ctx context.Context, client *inference.Client, still []byte) (inference.Scores, error) {
	ctx, cancel := context.WithTimeout(ctx, stillPatience)
	defer cancel()
	in := inference.Input{JPEG: still, Optics: r.optics}
	scores, err := client.Assess(ctx, in)
	if err != nil && appliance.CodeOf(err) == appliance.Unavailable && ctx.Err() == nil {
		scores, err = client.Assess(ctx, in)
	}
	return scores, err
}

func (r pictureRun) picture(row evaluate.Row, s inference.Scores) evaluate.Picture {
	return evaluate.Picture{ID: row.ID, Truth: row.Truth, Age: row.Age, Sex: row.Sex, SkinType: row.SkinType, Scores: s, Routes: r.router.routes(row, s)}
}
