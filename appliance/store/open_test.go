package store_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/store"
	"dermbox/appliance/vault"
)

func TestOpensAgain(t *testing.T) {
	r := newRig(t)
	c := r.upTo(appliance.Capturing)
	epoch, rows := r.Epoch(), r.auditRows()
	r.reopen()
	if r.Epoch() != epoch || !appliance.ValidID(epoch) {
		t.Errorf("epoch %q, then %q", epoch, r.Epoch())
	}
	if got := r.auditRows(); got != rows {
		t.Errorf("%d audit rows, had %d", got, rows)
	}
	if got, err := r.Case(t.Context(), c.ID); err != nil || got.Patient.FamilyName != "Quillfeather" {
		t.Errorf("case %+v, %v", got, err)
	}
	if other := newRig(t); other.Epoch() == epoch {
		t.Error("two databases have the same epoch")
	}
}

func TestFilesBelongToTheirOwner(t *testing.T) {
	r := newRig(t)
	r.draft()
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		info, err := os.Stat(r.path() + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%q: %v, %v", suffix, info, err)
		}
	}
}

func TestOddPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c%20#d")
	must(t, os.Mkdir(dir, 0o700))
	r := newRigIn(t, dir)
	r.draft()
	if _, err := os.Stat(r.path()); err != nil {
		t.Error(err)
	}
}

func TestSecondDaemonIsRefused(t *testing.T) {
	r := newRig(t)
	_, err := store.Open(t.Context(), r.options())
	checkError(t, err, appliance.Conflict, "storage.in_use")
	r.draft() // the first goes on
}

// TestNewerDatabase also sees that not a byte of it changes.
func TestNewerDatabase(t *testing.T) {
	r := newRig(t)
	r.draft()
	must(t, r.Store.Close())
	raw(t, r.path(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
	before := snapshot(t, r.dir)
	_, err := store.Open(t.Context(), r.options())
	checkError(t, err, appliance.Conflict, "storage.newer")
	_, err = store.OpenReadOnly(t.Context(), r.options())
	checkError(t, err, appliance.Conflict, "storage.newer")
	after := snapshot(t, r.dir)
	for name, data := range before {
		if !bytes.Equal(data, after[name]) {
			t.Errorf("%s was changed", name)
		}
	}
}

func TestDamagedIsNeverReplaced(t *testing.T) {
	for name, content := range map[string][]byte{
		"empty file":     {},
		"no database":    bytes.Repeat([]byte("no database "), 1000),
		"other database": nil, // made below
		"cut short":      nil,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.draft()
			must(t, r.Store.Close())
			switch name {
			case "cut short":
				whole, err := os.ReadFile(r.path())
				must(t, err)
				content = whole[:100]
			case "other database":
				must(t, os.Remove(r.path()))
				raw(t, r.path(), `CREATE TABLE t (x)`)
				var err error
				content, err = os.ReadFile(r.path())
				must(t, err)
			}
			must(t, os.WriteFile(r.path(), content, 0o600))
			_, err := store.Open(t.Context(), r.options())
			checkError(t, err, appliance.Unverified, "storage.damaged")
			if got, _ := os.ReadFile(r.path()); !bytes.Equal(got, content) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestOtherVault(t *testing.T) {
	r := newRig(t)
	must(t, r.Store.Close())
	dir := t.TempDir()
	other, err := vault.Create(dir, vault.FileProvider(filepath.Join(dir, "key")))
	must(t, err)
	o := r.options()
	o.Vault = other
	_, err = store.Open(t.Context(), o)
	checkError(t, err, appliance.Unverified, "storage.other_vault")
}

func TestUnfinishedNewDatabaseIsMadeAgain(t *testing.T) {
	r := newRig(t)
	must(t, r.Store.Close())
	must(t, os.Rename(r.path(), r.path()+".new"))
	must(t, os.WriteFile(r.path()+".new-wal", []byte("half"), 0o600))
	must(t, os.Remove(filepath.Join(r.dir, "made-dermbox.db"))) // comes only after the database has its name
	r.open()
	r.draft()
	if _, err := os.Stat(r.path() + ".new"); !os.IsNotExist(err) {
		t.Errorf("leftover: %v", err)
	}
}

func TestReadOnly(t *testing.T) {
	r := newRig(t)
	c := r.signedOff(false)
	for _, running := range []bool{true, false} {
		if !running {
			must(t, r.Store.Close())
		}
		full, err := store.OpenReadOnly(t.Context(), store.Options{Path: r.path(), Vault: r.vault})
		must(t, err)
		if got, err := full.Case(t.Context(), c.ID); err != nil || got.Patient.FamilyName != "Quillfeather" {
			t.Errorf("running %v: %+v, %v", running, got, err)
		}
		checkError(t, full.CreateCase(t.Context(), &appliance.Case{ID: c.ID, State: appliance.Draft}, act("x")), appliance.Unavailable, "storage.read_only")
		checkError(t, full.SignOff(t.Context(), c, false, act("x")), appliance.Unavailable, "storage.read_only")
		_, err = full.NextBatch(t.Context())
		checkError(t, err, appliance.Unavailable, "storage.read_only")
		must(t, full.Close())

		bare, err := store.OpenReadOnly(t.Context(), store.Options{Path: r.path(), Clock: r.clock})
		must(t, err)
		_, err = bare.Case(t.Context(), c.ID)
		checkError(t, err, appliance.Unavailable, "storage.vault.needed")
		list, err := bare.List(t.Context(), store.Filter{Today: true, Limit: 5})
		if err != nil || len(list) > 1 || len(list) == 1 && list[0].Initials != "" {
			t.Errorf("list without a vault: %+v, %v", list, err)
		}
		trace, err := bare.Trace(t.Context(), c.ID)
		if err != nil || !trace.Sealed || trace.State != appliance.Queued || len(trace.Captures) != 1 || trace.Captures[0].SHA256 != "" {
			t.Errorf("trace without a vault: %+v, %v", trace, err)
		}
		if _, err := bare.VerifyAudit(t.Context()); err != nil {
			t.Error(err)
		}
		must(t, bare.Close())
	}
	_, err := store.OpenReadOnly(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "none.db")})
	checkError(t, err, appliance.NotFound, "storage.missing")
}

// TestAuditSchema holds the migration to the text that the audit package gives out.
func TestAuditSchema(t *testing.T) {
	r := newRig(t)
	must(t, r.Store.Close())
	other := filepath.Join(t.TempDir(), "other.db")
	raw(t, other, audit.Schema)
	mine, theirs := schemaOf(t, r.path()), schemaOf(t, other)
	if mine != theirs || !strings.Contains(mine, "audit_no_delete") {
		t.Errorf("migration has\n%s\naudit.Schema has\n%s", mine, theirs)
	}
}

func schemaOf(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	must(t, err)
	defer db.Close()
	var all string
	must(t, db.QueryRow(`SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_master
		WHERE tbl_name = 'audit' AND sql IS NOT NULL ORDER BY name)`).Scan(&all))
	return all
}

// raw changes a closed database as another program would.
func raw(t testing.TB, path, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000")
	must(t, err)
	defer db.Close()
	_, err = db.Exec(query, args...)
	must(t, err)
}

func snapshot(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[path], err = os.ReadFile(path)
		return err
	}))
	return files
}
