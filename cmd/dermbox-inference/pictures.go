package main

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"

	"dermbox/appliance"
	"dermbox/inference/preprocess"
)

// maxPictures caps a data set.
const maxPictures = 1_000_000

// labelled is a line of labels.csv.
type labelled struct {
	path  string // full
	label string
	tone  string
}

// readLabels reads labels.csv of a data set: a header, then path, label, tone, seed.
func readLabels(dir string) ([]labelled, error) {
	f, err := os.Open(filepath.Join(dir, "labels.csv"))
	if err != nil {
		return nil, appliance.E(appliance.NotFound, "inference.no_pictures", err, "path", dir)
	}
	defer f.Close()
	r := csv.NewReader(f)
	var out []labelled
	for first := true; ; first = false {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil || len(row) < 3 || !filepath.IsLocal(row[0]) || len(out) >= maxPictures:
			return nil, appliance.E(appliance.Invalid, "inference.no_pictures", err, "path", dir)
		case first:
			continue
		}
		out = append(out, labelled{path: filepath.Join(dir, row[0]), label: row[1], tone: row[2]})
	}
}

// decode reads a picture's pixels, as the appliance does.
func decode(path string) (rgb []byte, width, height int, err error) {
	still, err := readPicture(path)
	if err != nil {
		return nil, 0, 0, err
	}
	if rgb, width, height, err = preprocess.Decode(still); err != nil {
		return nil, 0, 0, appliance.E(appliance.Invalid, "inference.bad_picture", err, "file", path)
	}
	return rgb, width, height, nil
}

// readPicture reads a picture's file; of one that is too large it reads enough to be refused.
func readPicture(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, appliance.E(appliance.NotFound, "inference.no_picture", err, "file", path)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, preprocess.MaxFile+1))
}
