package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"dermbox/appliance"
	"dermbox/appliance/durable"
)

// target refuses a path where no file can come to be, before anything is made for it: its folder is not there, or it is a folder.
// Whether the folder may be written in is seen when it is written, see unwritten.
func target(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return isFolder(path)
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return appliance.E(appliance.NotFound, "ctl.file.no_folder", err, "path", dir)
	}
	return nil
}

func isFolder(path string) error {
	return appliance.FieldError("file", "ctl.file.folder", "path", path)
}

// unwritten says why the file at path was not written; nil for nil. What has its sentence already keeps it.
func unwritten(path string, err error) error {
	if _, told := errors.AsType[*appliance.Error](err); told || err == nil {
		return err
	}
	full, _ := errors.AsType[*appliance.Error](durable.Map(err))
	switch {
	case full != nil && full.Code == appliance.Full:
		return full
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return appliance.E(appliance.Forbidden, "ctl.file.forbidden", err, "path", path)
	case errors.Is(err, fs.ErrNotExist):
		return appliance.E(appliance.NotFound, "ctl.file.no_folder", err, "path", filepath.Dir(path))
	}
	return appliance.E(appliance.Unavailable, "ctl.file.unwritten", err, "path", path)
}
