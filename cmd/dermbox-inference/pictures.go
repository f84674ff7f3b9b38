package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"

	"dermbox/appliance"
	"dermbox/inference/preprocess"
)

// maxPicture caps a picture file and maxPictures a data set.
const (
	maxPicture  = 64 << 20
	maxPictures = 1_000_000
)

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

// decode reads a JPEG. The tools use Go's decoder; the appliance has the imaging worker decode.
func decode(path string) (rgb []byte, width, height int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, 0, err
	}
	defer f.Close()
	img, err := jpeg.Decode(io.LimitReader(f, maxPicture))
	if err != nil {
		return nil, 0, 0, fmt.Errorf("%s: %w", path, err)
	}
	rgb, width, height = preprocess.FromImage(img)
	return rgb, width, height, nil
}
