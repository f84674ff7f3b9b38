package main

import (
	"bytes"
	"errors"
	"image/jpeg"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"dermbox/inference/evaluate"
	"dermbox/inference/preprocess"
)

// readStill reads a picture's file, which no link may lead out of the folder; reason says why it cannot be.
func readStill(root *os.Root, name string) (still []byte, reason string) {
	info, err := root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !info.Mode().IsRegular():
		return nil, evaluate.LeftMissing
	case err != nil:
		if _, err := os.Stat(filepath.Join(root.Name(), name)); err == nil {
			return nil, evaluate.LeftOutside // a link
		}
		return nil, evaluate.LeftMissing
	case info.Size() > preprocess.MaxFile:
		return nil, evaluate.LeftTooLarge
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, evaluate.LeftMissing
	}
	defer f.Close()
	if still, err = io.ReadAll(io.LimitReader(f, preprocess.MaxFile+1)); err != nil {
		return nil, evaluate.LeftMissing
	}
	return still, ""
}

// unprepared says why a still could not be prepared for the model. One with too many pixels is nothing that another copy mends.
func unprepared(still []byte) (reason string) {
	size, err := jpeg.DecodeConfig(bytes.NewReader(still))
	if err == nil && size.Width > 0 && size.Height > preprocess.MaxPixels/size.Width {
		return evaluate.LeftTooLarge
	}
	return evaluate.LeftNoJPEG
}
