package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/store"
)

// take removes every file of the database, as "rm cases.db*" does.
func (r *rig) take() {
	r.t.Helper()
	must(r.t, r.Store.Close())
	files, err := filepath.Glob(r.path() + "*")
	must(r.t, err)
	for _, file := range files {
		must(r.t, os.Remove(file))
	}
}

// TestAGoneDatabaseIsNotBegunAnew: an empty database beside patients' images would have them counted as nobody's.
func TestAGoneDatabaseIsNotBegunAnew(t *testing.T) {
	for name, prepare := range map[string]func(*rig){
		"nothing was ever stored":  func(*rig) {},
		"with images":              func(r *rig) { r.signedOff(false) },
		"images, no marker":        func(r *rig) { r.signedOff(false); must(r.t, os.Remove(filepath.Join(r.dir, "made-dermbox.db"))) },
		"orphaned images, no more": func(r *rig) { orphans(r) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			prepare(r)
			r.take()
			before := tree(t, r.dir)
			_, err := store.Open(t.Context(), r.options())
			checkError(t, err, appliance.NotFound, "storage.database_gone")
			_, err = store.OpenReadOnly(t.Context(), r.options())
			checkError(t, err, appliance.NotFound, "storage.database_gone")
			if after := strings.Replace(tree(t, r.dir), "dermbox.db.lock\n", "", 1); after != before {
				t.Errorf("something was changed:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

func orphans(r *rig) {
	c := r.signedOff(false)
	name, err := r.ImageName(r.t.Context(), c.ID, c.Captures[0].ID)
	must(r.t, err)
	to := filepath.Join(r.dir, "images", "orphaned", name[:2])
	must(r.t, os.MkdirAll(to, 0o700))
	must(r.t, os.Rename(filepath.Join(r.dir, "images", name[:2], name), filepath.Join(to, name)))
	must(r.t, os.Remove(filepath.Join(r.dir, "made-dermbox.db")))
}

func tree(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	must(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		out.WriteString(name + "\n")
		return err
	}))
	return out.String()
}

// TestARestoredDatabaseIsTakenUp: with the file back everything is as it was, the marker too where it was lost.
func TestARestoredDatabaseIsTakenUp(t *testing.T) {
	r := newRig(t)
	c := r.signedOff(false)
	must(t, r.Store.Close())
	must(t, os.Rename(r.path(), r.path()+"-away"))
	_, err := store.Open(t.Context(), r.options())
	checkError(t, err, appliance.NotFound, "storage.database_gone")
	must(t, os.Remove(filepath.Join(r.dir, "made-dermbox.db")))
	must(t, os.Rename(r.path()+"-away", r.path()))
	r.open()
	if r.state(c.ID) != appliance.Queued {
		t.Error("the case is not there")
	}
	if _, err := os.Stat(filepath.Join(r.dir, "made-dermbox.db")); err != nil {
		t.Errorf("the marker: %v", err)
	}
}
