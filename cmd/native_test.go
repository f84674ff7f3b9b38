package cmd_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNative checks that no program links native code but what the table grants it.
func TestNative(t *testing.T) {
	for program, allowed := range nativeAllowed {
		t.Run(program, func(t *testing.T) {
			pkgs := list(t, withOpenCV, "-deps", "./cmd/"+program)
			if len(pkgs) < 10 {
				t.Fatalf("go list found %d packages: the test does not see the program", len(pkgs))
			}
			for _, refusal := range nativeRefusals(program, pkgs, allowed) {
				t.Error(refusal)
			}
		})
	}
}

// TestNativeNamesEveryProgram: a program that the table forgets could link anything.
func TestNativeNamesEveryProgram(t *testing.T) {
	mains, err := filepath.Glob("*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	var programs []string
	for _, path := range mains {
		programs = append(programs, filepath.Dir(path))
	}
	if named := slices.Sorted(maps.Keys(nativeAllowed)); !slices.Equal(programs, named) {
		t.Errorf("the programs below cmd are %q, nativeAllowed names %q", programs, named)
	}
}

func nativeRefusals(program string, deps []pkg, allowed []string) []string {
	var found []string
	for _, p := range deps {
		if len(p.CgoFiles) > 0 && !p.Standard && !slices.Contains(allowed, p.ImportPath) {
			found = append(found, fmt.Sprintf("%s links %s, which is native code: it may link %q; OpenCV and TFLite live in the "+
				"workers, whose crash loses no case (docs/decisions/native-code-in-workers.md)", program, p.ImportPath, allowed))
		}
	}
	return found
}

// TestTableRefuses shows that the table can fail: each synthetic import must be refused with the given words, or allowed.
func TestTableRefuses(t *testing.T) {
	for _, c := range []struct {
		from, path string
		says       string // "" for an import that is allowed
	}{
		{"appliance", "dermbox/appliance/text", "shared words"},
		{"appliance", "golang.org/x/sys/unix", "standard library only"},
		{"appliance", "strings", ""},
		{"appliance/store", "dermbox/appliance/vault", ""},
		{"appliance/store", "dermbox/sync/wire", ""},
		{"appliance/store", "dermbox/sync/client", "never cameras"},
		{"appliance/store", "dermbox/camera", "never cameras"},
		{"appliance/eligibility", "dermbox/appliance/store", "pure function"},
		{"appliance/intake", "dermbox/appliance/store", "behind its interfaces"},
		{"appliance/daemon", "dermbox/sync/client", ""},
		{"camera", "dermbox/appliance/worker", ""},
		{"camera/quality", "dermbox/inference", "by small interfaces"},
		{"camera/quality", "gocv.io/x/gocv", "OpenCV is linked by dermbox-imaging alone"},
		{"camera/opencv", "gocv.io/x/gocv", ""},
		{"firmware/provision", "dermbox/sync/wire", ""},
		{"firmware/keyring", "dermbox/sync/wire", "by small interfaces"},
		{"sync", "dermbox/appliance/store", "its own interface"},
		{"sync/hub/ledger", "dermbox/appliance/vault", ""},
		{"sync/hub/ledger", "dermbox/appliance/store", "nothing of the clinic's side"},
		{"sync/hub/ledger", "dermbox/ui/hub", "nothing of the clinic's side"},
		{"sync/hub/server", "dermbox/ui/hub", ""},
		{"ui/kiosk", "dermbox/appliance/intake", "reach around"},
		{"ui/kiosk", "dermbox/appliance", ""},
		{"cmd/dermbox-imaging", "dermbox/appliance/store", "nothing of patients"},
		{"newfolder", "dermbox/camera", "add one, with its reason"},
		{"ui/kiosk", "log", "slog"},
		{"ui/kiosk", "log/slog", ""},
	} {
		got := refuse(c.from, c.path)
		if c.says == "" && got != "" || c.says != "" && !strings.Contains(got, c.says) {
			t.Errorf("refuse(%s, %s) = %q, want it to say %q", c.from, c.path, got, c.says)
		}
	}
}

func TestCgoIsRefused(t *testing.T) {
	stray := pkg{ImportPath: "dermbox/appliance/store", CgoFiles: []string{"x.go"}}
	if got := refusals([]pkg{stray}); len(got) != 1 || !strings.Contains(got[0], "uses cgo") {
		t.Errorf("refusals of a store with cgo = %q", got)
	}
	if got := nativeRefusals("dermboxd", []pkg{{ImportPath: "gocv.io/x/gocv", CgoFiles: []string{"core.go"}}}, nil); len(got) != 1 {
		t.Errorf("nativeRefusals of a daemon with OpenCV = %q", got)
	}
}
