package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/images"
)

// madeNote is what a person reads who finds the marker.
const madeNote = "This folder has held a dermbox case database. While this file is here, dermboxd does not begin an empty one in its " +
	"place when the database is missing: patients' cases were in it. Restore it from the backup, or call the trust.\n"

// madeMarker is the file that says that the folder has held the database. Its name does not begin with the database's, so
// that whatever takes away "cases.db*" leaves it.
func madeMarker(path string) string {
	return filepath.Join(filepath.Dir(path), "made-"+filepath.Base(path))
}

// mayCreate refuses with NotFound "storage.database_gone" to begin a new database where there has been one: the marker says
// so, or sealed images do that lie beside it. It changes nothing.
func mayCreate(path string) error {
	_, err := os.Lstat(madeMarker(path))
	if err == nil {
		return appliance.E(appliance.NotFound, "storage.database_gone", nil)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return durable.Map(fmt.Errorf("look for the database's marker: %w", err))
	}
	held, err := images.Holds(filepath.Join(filepath.Dir(path), "images"))
	if err != nil {
		return durable.Map(err)
	}
	if held {
		return appliance.E(appliance.NotFound, "storage.database_gone", nil)
	}
	return nil
}

// markMade leaves the marker. It comes after the database has its name and before anything can be stored in it; a power cut
// in between leaves it to the next start.
func markMade(path string) error {
	marker := madeMarker(path)
	if _, err := os.Lstat(marker); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return durable.WriteFile(marker, []byte(madeNote), 0o600)
}
