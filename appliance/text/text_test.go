package text_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

func TestSentencesAreWellFormed(t *testing.T) {
	placeholder := regexp.MustCompile(`\{[a-z_]+\}`)
	for _, key := range text.Keys() {
		sentence := text.T(key, nil)
		if strings.TrimSpace(sentence) != sentence || sentence == "" {
			t.Errorf("%s: empty or with space around it", key)
		}
		if rest := placeholder.ReplaceAllString(sentence, ""); strings.ContainsAny(rest, "{}") {
			t.Errorf("%s: a placeholder is not {lower_case}: %q", key, sentence)
		}
	}
}

func TestT(t *testing.T) {
	if got := text.T("no.such.key", nil); got != "[no.such.key]" {
		t.Error(got)
	}
	if got := text.T("error.internal", map[string]string{"unused": "x"}); strings.HasPrefix(got, "[") {
		t.Error(got)
	}
}

func TestErrorNeverShowsWhatAnUnknownErrorSays(t *testing.T) {
	secret := errors.New("Jane Doe 999 000 0018")
	for _, err := range []error{secret, appliance.E(appliance.Internal, "", secret), appliance.E(appliance.Invalid, "no.such.key", secret)} {
		if got := text.Error(err); got != text.T("error.internal", nil) {
			t.Errorf("%v shows %q", err, got)
		}
	}
	// What an error with a sentence wraps is its cause, however many there are of it.
	full := appliance.E(appliance.Full, "storage.full", errors.Join(secret, errors.New("no space left")))
	for _, err := range []error{full, fmt.Errorf("open: %w", full), errors.Join(nil, full)} {
		if got := text.Error(err); got != text.T("storage.full", nil) {
			t.Errorf("%v shows %q", err, got)
		}
	}
	both := errors.Join(appliance.FieldError("a", "error.nhs_number.length"), appliance.FieldError("b", "error.date.impossible"))
	if got := text.Error(both); strings.Count(got, "\n") != 1 {
		t.Errorf("two errors give %q", got)
	}
}

// keyCalls are the calls whose literal arguments are keys of the catalogue: the function's name and the argument's index.
var keyCalls = map[string]int{"FieldError": 1, "E": 1, "T": 0}

// TestEveryKeyInTheCodeHasASentence reads the repository's Go code, so that a key without a sentence fails here and not on
// somebody's screen.
func TestEveryKeyInTheCodeHasASentence(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && d.Name() != "../.." || d.Name() == "build" || d.Name() == "var" || d.Name() == "tools") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		for key, where := range keysIn(t, path) {
			found++
			if !text.Has(key) {
				t.Errorf("%s: no sentence for %q in appliance/text/en", where, key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 50 {
		t.Fatalf("only %d keys found: the scan no longer sees the code", found)
	}
}

func keysIn(t *testing.T, path string) map[string]token.Position {
	t.Helper()
	set := token.NewFileSet()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(set, path, src, 0)
	if err != nil {
		return nil // the compiler complains better
	}
	keys := map[string]token.Position{}
	ast.Inspect(file, func(n ast.Node) bool {
		if field, ok := n.(*ast.KeyValueExpr); ok {
			addField(set, field, keys)
			return true
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name, qualified := "", false
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			if x, ok := f.X.(*ast.Ident); ok {
				name, qualified = f.Sel.Name, x.Name == "appliance" || x.Name == "text"
			}
		case *ast.Ident:
			name, qualified = f.Name, file.Name.Name == "appliance"
		}
		index, ok := keyCalls[name]
		if !ok || !qualified || len(call.Args) <= index {
			return true
		}
		if lit, ok := call.Args[index].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if key, err := strconv.Unquote(lit.Value); err == nil && key != "" {
				keys[key] = set.Position(lit.Pos())
			}
		}
		return true
	})
	return keys
}

// addField takes the keys that stand in literals of errors and health checks, Key: "area.word".
func addField(set *token.FileSet, field *ast.KeyValueExpr, keys map[string]token.Position) {
	name, ok := field.Key.(*ast.Ident)
	if !ok || name.Name != "Key" {
		return
	}
	if lit, ok := field.Value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if key, err := strconv.Unquote(lit.Value); err == nil && keyForm.MatchString(key) {
			keys[key] = set.Position(lit.Pos())
		}
	}
}

var keyForm = regexp.MustCompile(`^[a-z_]+\.[A-Za-z0-9_.]+$`)
