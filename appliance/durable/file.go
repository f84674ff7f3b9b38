package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// TempPrefix begins the name of every file that is not complete yet. A sweep may remove such files when no write is under
// way; nothing else in dermbox begins so.
const TempPrefix = ".tmp-"

// File is a file in the making: it has its name only after Commit. It is not safe for concurrent use.
type File struct {
	disk    disk
	path    string
	temp    handle
	written int64
	failed  error // the first write that failed: Commit then refuses
	done    bool
}

// Create begins a file that Commit will put at path with the permissions perm, replacing what is there. The folder must
// exist. A full disk is an *appliance.Error with code Full.
func Create(path string, perm fs.FileMode) (*File, error) { return create(osDisk{}, path, perm) }

func create(d disk, path string, perm fs.FileMode) (*File, error) {
	temp, err := d.createTemp(filepath.Dir(path), TempPrefix+"*")
	if err != nil {
		return nil, Map(fmt.Errorf("create temporary file: %w", err))
	}
	f := &File{disk: d, path: path, temp: temp}
	if err := temp.Chmod(perm); err != nil {
		return nil, Map(errors.Join(fmt.Errorf("set permissions of temporary file: %w", err), f.Abort()))
	}
	return f, nil
}

// Write appends to the file. After an error the file can only be aborted.
func (f *File) Write(p []byte) (int, error) {
	if f.done {
		return 0, fs.ErrClosed
	}
	if f.failed != nil {
		return 0, f.failed
	}
	n, err := f.temp.Write(p)
	f.written += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		f.failed = Map(fmt.Errorf("write temporary file: %w", err))
	}
	return n, f.failed
}

// Commit makes the file durable under its name: length checked, synced, renamed, folder synced. When it fails before the
// rename nothing has changed at path; when the last sync fails the new file may be there but is not promised to stay.
// After Commit, failed or not, the File is of no more use.
func (f *File) Commit() error {
	if f.done {
		return fs.ErrClosed
	}
	if err := f.seal(); err != nil {
		return Map(errors.Join(err, f.Abort()))
	}
	f.done = true
	if err := f.disk.rename(f.temp.Name(), f.path); err != nil {
		return Map(errors.Join(fmt.Errorf("rename into place: %w", err), f.disk.remove(f.temp.Name())))
	}
	if err := f.disk.syncDir(filepath.Dir(f.path)); err != nil {
		return Map(fmt.Errorf("sync folder: %w", err))
	}
	return nil
}

// seal makes the temporary file whole on the disk and closes it.
func (f *File) seal() error {
	if f.failed != nil {
		return f.failed
	}
	info, err := f.temp.Stat()
	if err != nil {
		return fmt.Errorf("check length: %w", err)
	}
	if info.Size() != f.written {
		return fmt.Errorf("check length: %w", io.ErrShortWrite)
	}
	if err := f.temp.Sync(); err != nil {
		return fmt.Errorf("sync file: %w", err)
	}
	temp := f.temp
	f.temp = closedHandle{temp}
	if err := temp.Close(); err != nil {
		return fmt.Errorf("close file: %w", err)
	}
	return nil
}

// Abort gives the file up and removes what was written. It does nothing after Commit or a first Abort.
func (f *File) Abort() error {
	if f.done {
		return nil
	}
	f.done = true
	closeErr := f.temp.Close()
	if err := f.disk.remove(f.temp.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove temporary file: %w", err)
	}
	if closeErr != nil {
		return fmt.Errorf("close temporary file: %w", closeErr)
	}
	return nil
}

// closedHandle is a handle whose Close has been done.
type closedHandle struct{ handle }

func (closedHandle) Close() error { return nil }

// WriteFile makes a file with data as its whole content durable at path, as Create and Commit do.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	return writeFile(osDisk{}, path, data, perm)
}

func writeFile(d disk, path string, data []byte, perm fs.FileMode) error {
	f, err := create(d, path, perm)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Abort())
	}
	return f.Commit()
}

// SyncDir makes the names in a folder durable: those of new, renamed and removed files.
func SyncDir(dir string) error {
	if err := (osDisk{}).syncDir(dir); err != nil {
		return Map(fmt.Errorf("sync folder: %w", err))
	}
	return nil
}

// IsTemp says whether a file's name is that of a file in the making.
func IsTemp(name string) bool { return strings.HasPrefix(filepath.Base(name), TempPrefix) }
