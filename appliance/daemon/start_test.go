package daemon_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"

	"dermbox/appliance"
	"dermbox/appliance/daemon"
	"dermbox/appliance/text"
	"dermbox/appliance/vault"
)

// What keeps the box from starting says so in a sentence with the remedy, has a code, and leaves nothing behind.
func TestStartIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(r *rig)
		code    appliance.Code
		key     string
		remedy  string
	}{
		"no data folder": {func(r *rig) { must(r, os.RemoveAll(r.path("data"))) },
			appliance.NotFound, "daemon.vault_none", "dermboxctl provision"},
		"data folder is a file": {func(r *rig) { must(r, os.RemoveAll(r.path("data"))); r.write("data", nil) },
			appliance.Invalid, "daemon.data_dir", "correct data_dir"},
		"not set up": {func(r *rig) { must(r, os.Remove(r.path("data/vault.json"))) },
			appliance.NotFound, "daemon.vault_none", "dermboxctl provision"},
		"vault lost": {func(r *rig) { r.write("data/cases.db", nil); must(r, os.Remove(r.path("data/vault.json"))) },
			appliance.NotFound, "daemon.vault_lost", "escrow"},
		"vault key missing": {func(r *rig) { must(r, os.Remove(r.path("data/vault.key"))) },
			appliance.NotFound, "storage.vault.key_missing", "put the key back"},
		"another vault's key": {func(r *rig) { r.write("data/vault.key", make([]byte, vault.KeySize)) },
			appliance.Unverified, "storage.vault.wrong_key", "put the right key back"},
		"vault key open to others": {func(r *rig) { must(r, os.Chmod(r.path("data/vault.key"), 0o644)) },
			appliance.Forbidden, "storage.vault.key_open", "chmod 600"},
		"vault damaged": {func(r *rig) { r.write("data/vault.json", []byte("{")) },
			appliance.Unverified, "storage.vault.damaged", "backup"},
		"no database": {func(r *rig) { r.write("data/cases.db", []byte("this is no database, and it is long enough to be one")) },
			appliance.Unverified, "storage.damaged", "backup"},
		"newer database":           {newer, appliance.Conflict, "storage.newer", "newer version"},
		"another vault's database": {otherVault, appliance.Unverified, "storage.other_vault", "Put the vault back"},
		"database gone":            {gone, appliance.NotFound, "storage.database_gone", "backup"},
		"a demonstration's data in live mode": {func(r *rig) { r.start().stop(); r.settings["mode"] = "live" },
			appliance.Conflict, "storage.other_mode", "another, empty data_dir"},
		"port in use": {func(r *rig) { r.settings["kiosk"] = `{listen: "` + busyPort(r) + `"}` },
			appliance.Unavailable, "daemon.port_in_use", "kiosk.listen"},
		"socket in use": {func(r *rig) { r.settings["control"] = "{socket: " + busySocket(r) + "}" },
			appliance.Conflict, "daemon.socket_in_use", "Stop it"},
		"socket cannot be made": {func(r *rig) { r.settings["control"] = "{socket: /proc/dermboxd/socket}" },
			appliance.Unavailable, "daemon.socket", "control.socket"},
		"socket is a file": {func(r *rig) { r.write("file", []byte("precious")); r.settings["control"] = "{socket: file}" },
			appliance.Invalid, "daemon.not_a_socket", "control.socket"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c.prepare(r)
			err := r.run()
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || e.Code != c.code || e.Key != c.key {
				t.Fatalf("error %v, want %s %s", err, c.code, c.key)
			}
			if sentence := text.Error(err); !strings.Contains(sentence, c.remedy) || strings.ContainsAny(sentence, "{}[]") {
				t.Errorf("the sentence has no remedy, or is not filled in: %s", sentence)
			}
			if _, err := os.Lstat(r.path("data/dermboxd.sock")); err == nil {
				t.Error("a socket was left behind")
			}
		})
	}
}

// A slip in the settings must not cost the case database.
func TestSocketNeverReplacesAFile(t *testing.T) {
	r := newRig(t)
	r.start().stop()
	r.settings["control"] = "{socket: data/cases.db}"
	if err := r.run(); appliance.CodeOf(err) != appliance.Invalid {
		t.Fatalf("error %v", err)
	}
	r.settings["control"] = ""
	r.start()
}

func newer(r *rig) {
	r.start().stop()
	db, err := sql.Open("sqlite3", r.path("data/cases.db"))
	must(r, err)
	defer db.Close()
	_, err = db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
	must(r, err)
}

func gone(r *rig) {
	r.start().stop()
	files, err := filepath.Glob(r.path("data/cases.db*"))
	must(r, err)
	for _, file := range files {
		must(r, os.Remove(file))
	}
}

func otherVault(r *rig) {
	r.start().stop()
	must(r, os.Remove(r.path("data/vault.json")))
	must(r, os.Remove(r.path("data/vault.key")))
	_, err := vault.Create(r.path("data"), vault.FileProvider(r.path("data/vault.key")))
	must(r, err)
}

func busyPort(r *rig) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(r, err)
	r.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func busySocket(r *rig) string {
	l, err := net.Listen("unix", r.path("other.sock"))
	must(r, err)
	r.Cleanup(func() { l.Close() })
	return r.path("other.sock")
}

func TestSecondDaemonOnTheSameData(t *testing.T) {
	r := newRig(t)
	x := r.start()
	r.settings["control"] = "{socket: second.sock}"
	err := r.run()
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != "storage.in_use" || e.Code != appliance.Conflict {
		t.Fatalf("error %v", err)
	}
	if code, _ := x.get("/v1/status"); code != 200 {
		t.Error("the first one was disturbed")
	}
}

func TestStopBeforeTheStart(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := daemon.Run(ctx, r.config(), daemon.Build{}, r.logger()); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// A daemon that was killed leaves its socket; the next one takes its place, and leaves none when it stops.
func TestDeadSocketIsReplaced(t *testing.T) {
	r := newRig(t)
	path := r.path("data/dermboxd.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	must(t, err)
	l.SetUnlinkOnClose(false)
	l.Close()
	x := r.start()
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may connect: %v", info.Mode())
	}
	must(t, x.stop())
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}
