package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"dermbox/appliance"
)

// A file that cannot be written is refused with its folder's name, before anything is made for it.
func TestTargetsThatCannotBeWritten(t *testing.T) {
	r := newRig(t, "")
	site, model := r.write("site.json", payload("site")), r.modelFolder()
	r.ok(os.Mkdir(r.path("d"), 0o700))
	r.ok(os.Mkdir(r.path("k.pub"), 0o700))
	commands := map[string][]string{
		"key generate": {"key", "generate"},
		"sign":         {"sign", "site", site, "--key", demoKeys + "trust.key.pem"},
		"sign model":   {"sign", "model", model, "--key", demoKeys + "model.key.pem"},
		"model pack":   {"model", "pack", model, "--key", demoKeys + "model.key.pem"},
	}
	for name, args := range commands {
		t.Run(name, func(t *testing.T) {
			to := func(path string) result { return r.call(append(args, "--out", r.path(path))...) }
			to("missing/x").want(t, 4, "There is no folder $BOX/missing", "Make it first")
			to("site.json/x").want(t, 4, "There is no folder $BOX/site.json")
			to("d").want(t, 3, "$BOX/d is a folder")
		})
	}
	r.call("key", "generate", "--out", r.path("k.key.pem")).want(t, 3, "$BOX/k.pub is a folder")
	if _, err := os.Stat(r.path("k.key.pem")); err == nil {
		t.Error("a private key was left without its public one")
	}
}

// Root may write anywhere, so what the system says is made up here.
func TestUnwritten(t *testing.T) {
	for cause, want := range map[error]appliance.Code{
		nil: "", fs.ErrPermission: appliance.Forbidden, syscall.EROFS: appliance.Forbidden, syscall.ENOSPC: appliance.Full,
		fs.ErrNotExist: appliance.NotFound, syscall.EIO: appliance.Unavailable, appliance.E(appliance.Conflict, "keys.exists", nil): appliance.Conflict,
	} {
		if cause != nil && want != appliance.Conflict {
			cause = &fs.PathError{Op: "open", Path: "a/b", Err: cause}
		}
		err := unwritten(filepath.Join("a", "b"), cause)
		if err == nil != (cause == nil) || err != nil && appliance.CodeOf(err) != want {
			t.Errorf("%v gives %v", cause, err)
		}
	}
}

func TestFolderInPlaceOfAFile(t *testing.T) {
	r := newRig(t, "")
	site := r.write("site.json", payload("site"))
	r.ok(os.Mkdir(r.path("d"), 0o700))
	for _, args := range [][]string{
		{"verify", r.path("d")}, {"rules", "check", r.path("d")}, {"model", "inspect", r.path("d")}, {"key", "trust", "trust", r.path("d"), "--name", "x"},
		{"provision", "--invite", r.path("d")}, {"sign", "site", site, "--key", r.path("d")},
	} {
		t.Run(args[0]+" "+args[1], func(t *testing.T) { r.call(args...).want(t, 3, "$BOX/d is a folder", "file in it") })
	}
}
