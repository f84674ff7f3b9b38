package durable

import (
	"io"
	"io/fs"
	"os"
)

// disk is what a durable write asks of the operating system. It is an interface so that a test can make each single step
// fail; there is one real one.
type disk interface {
	createTemp(dir, pattern string) (handle, error)
	rename(from, to string) error
	remove(path string) error
	mkdir(path string, perm fs.FileMode) error
	syncDir(dir string) error
}

// handle is an open temporary file.
type handle interface {
	io.Writer
	Name() string
	Chmod(mode fs.FileMode) error
	Stat() (fs.FileInfo, error)
	Sync() error
	Close() error
}

type osDisk struct{}

func (osDisk) createTemp(dir, pattern string) (handle, error) { return os.CreateTemp(dir, pattern) }
func (osDisk) rename(from, to string) error                   { return os.Rename(from, to) }
func (osDisk) remove(path string) error                       { return os.Remove(path) }

func (osDisk) mkdir(path string, perm fs.FileMode) error { return os.Mkdir(path, perm) }

func (osDisk) syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if closeErr := d.Close(); err == nil {
		err = closeErr
	}
	return err
}
