// Package cmd_test checks what the programs below cmd are made of: which package imports which, and what native code each
// program links. docs/architecture.md explains the table; each refusal carries its reason.
package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "dermbox"

// pkg is what `go list -json` says of a package, as far as the table reads it. Imports are those of the package proper:
// tests may reach further.
type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	CgoFiles   []string
	Deps       []string
}

// withOpenCV are the tags that make builds with; without them the stubs stand in.
const withOpenCV = "opencv,gocv_specific_modules,gocv_videoio"

func list(t *testing.T, tags string, args ...string) []pkg {
	t.Helper()
	see(t)
	tags = "-tags=" + tags
	command := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports,CgoFiles,Deps", tags}, args...)...)
	command.Dir = ".."
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, problems.String())
	}
	var pkgs []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// see looks at every folder, so that go test does not answer from its cache when a file has changed: it cannot know what
// go list reads.
func see(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "build" || d.Name() == "var" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImports(t *testing.T) {
	for name, tags := range map[string]string{"with OpenCV": withOpenCV, "with stubs": ""} {
		t.Run(name, func(t *testing.T) {
			pkgs := list(t, tags, "./...")
			if len(pkgs) < 5 {
				t.Fatalf("go list found %d packages: the test does not see the tree", len(pkgs))
			}
			for _, refusal := range refusals(pkgs) {
				t.Error(refusal)
			}
		})
	}
}

// refusals gives a sentence for each import that the table does not allow.
func refusals(pkgs []pkg) []string {
	var found []string
	for _, p := range pkgs {
		from := local(p.ImportPath)
		for _, path := range p.Imports {
			if sentence := refuse(from, path); sentence != "" {
				found = append(found, sentence)
			}
		}
		if len(p.CgoFiles) > 0 && !slices.Contains(mayUseCgo, from) {
			found = append(found, fmt.Sprintf("%s uses cgo: native code stays in %s, so that a crash in it stays in a worker "+
				"process (docs/decisions/native-code-in-workers.md)", from, strings.Join(mayUseCgo, " and ")))
		}
	}
	return found
}

// refuse says why package from may not import path, or "" if it may.
func refuse(from, path string) string {
	if to, ours := cutModule(path); ours {
		r := ruleFor(from)
		if under(to, r.may) || under(to, leaves) && !r.noLeaves || to == from {
			return ""
		}
		return fmt.Sprintf("%s imports %s: %s", from, to, r.because)
	}
	for _, o := range owners {
		if under(path, []string{o.path}) && !under(from, o.by) {
			return fmt.Sprintf("%s imports %s: %s", from, path, o.because)
		}
	}
	if from == "appliance" && !standard(path) {
		return fmt.Sprintf("appliance imports %s: the shared words use the standard library only", path)
	}
	return ""
}

// ruleFor gives the rule that names the package itself, else the one of the longest folder around it; a package that no
// rule names may import the leaves.
func ruleFor(from string) rule {
	best := rule{because: "no rule in cmd/imports_table_test.go names this folder: add one, with its reason"}
	for _, r := range rules {
		if r.from == from {
			return r
		}
		if under(from, []string{r.from}) && len(r.from) > len(best.from) {
			best = r
		}
	}
	return best
}

// under says whether a package lies in one of the folders; "x/..." means x and all below, "x" means x alone, "..." all.
func under(name string, folders []string) bool {
	for _, folder := range folders {
		base, below := strings.CutSuffix(folder, "...")
		base = strings.TrimSuffix(base, "/")
		if name == base || below && (base == "" || strings.HasPrefix(name, base+"/")) {
			return true
		}
	}
	return false
}

// standard says whether an import path is of the standard library: its first element has no dot, and it is not ours.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func local(path string) string {
	name, _ := cutModule(path)
	return name
}

func cutModule(path string) (name string, ours bool) {
	if path == module {
		return ".", true
	}
	name, ours = strings.CutPrefix(path, module+"/")
	return name, ours
}
