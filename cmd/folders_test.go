package cmd_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// plainFolders are the places on box and hub that may make a folder without syncing where its name stands.
var plainFolders = map[string]string{
	"appliance/images/sweep.go":  "it syncs the folders itself, in its own order",
	"appliance/daemon/listen.go": "a socket is not kept",
	"sync/hub/blobs/store.go":    "it makes 256 folders and syncs the one that they stand in once",
}

// TestFoldersAreDurable: a folder that os.MkdirAll made can be gone after a power cut, with every file that was synced in it.
func TestFoldersAreDurable(t *testing.T) {
	for _, top := range []string{"appliance", "firmware/keyring", "firmware/provision", "cmd/dermboxctl", "sync"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
			if strings.Contains(string(raw), "os.MkdirAll(") && plainFolders[name] == "" {
				t.Errorf("%s calls os.MkdirAll: use durable.MkdirAll, or say here why a power cut may take the folder away", name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
