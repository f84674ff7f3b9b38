package config

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"dermbox/appliance"
)

// maxFile is far more than a configuration needs and little enough to read into memory without a thought.
const maxFile = 1 << 20

// The environment variables with our prefix that are not settings: where the tests find large shared files, and which
// inference library a developer tries.
var otherVariables = []string{"DERMBOX_TFLITE", "DERMBOX_SHARED"}

// Options says where the layers of a configuration come from.
type Options struct {
	Path  string         // the YAML file; "" for none
	Flags *pflag.FlagSet // flags of AddFlags; nil for none. Only flags that were given count
	Env   []string       // as os.Environ gives it; nil for none
	Allow []string       // further variables with our prefix that are not settings
}

// reader gathers the layers and the problems of one configuration.
type reader struct {
	prefix   string
	o        Options
	viper    *viper.Viper
	lines    map[string]int    // key -> line of the file
	env      map[string]string // key -> name of the variable that set it
	folder   string            // what relative paths are relative to
	problems Errors
	broken   bool              // the file could not be loaded
	from     map[string]string // key -> layer that its value came from
}

func newReader(prefix string, o Options) *reader {
	return &reader{prefix: prefix, o: o, viper: viper.New(), lines: map[string]int{}, env: map[string]string{}, from: map[string]string{}}
}

// read fills the settings of config, a pointer to a struct that holds the defaults.
func (r *reader) read(config any) {
	known := fields(config)
	r.readFile(known)
	r.readEnv(known)
	r.readFlags(known)
	for _, f := range known {
		raw := r.viper.Get(f.key)
		from, text := r.origin(f.key)
		r.from[f.key] = from
		if raw == nil {
			continue // an empty value in the file, or nothing anywhere: the default stands
		}
		set := func() bool { return f.setTyped(raw) }
		if s, isText := raw.(string); text && isText {
			set = func() bool { return f.setText(s) }
		}
		if !set() {
			r.problem(f.key, f.sentence(), "value", show(raw))
		}
	}
}

// origin names the layer that decides a key, and says whether it holds text only.
func (r *reader) origin(key string) (from string, text bool) {
	if f := r.flag(key); f != nil {
		return "--" + f.Name, true
	}
	if name, set := r.env[key]; set {
		return name, true
	}
	if line, set := r.lines[key]; set {
		return place(r.o.Path, line), false
	}
	return "default", false
}

func (r *reader) readFile(known []field) {
	if r.o.Path == "" {
		r.folder, _ = os.Getwd()
		return
	}
	absolute, err := filepath.Abs(r.o.Path)
	if err != nil {
		absolute = r.o.Path
	}
	r.folder = filepath.Dir(absolute)
	raw, err := readCapped(r.o.Path)
	if err != nil {
		r.fail(fileProblem(r.o.Path, err))
		return
	}
	if problem := r.scan(raw, known); problem != nil {
		r.fail(problem)
		return
	}
	r.viper.SetConfigType("yaml")
	if err := r.viper.ReadConfig(bytes.NewReader(raw)); err != nil {
		r.fail(syntaxProblem(r.o.Path, err))
	}
}

func (r *reader) fail(problem *appliance.Error) {
	r.problems, r.broken = append(r.problems, problem), true
}

func readCapped(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = errTooLarge
	}
	return raw, err
}

// readEnv takes every variable with our prefix, so that a misspelt one is refused as a misspelt key is. They are merged
// over the file and stay under the flags.
func (r *reader) readEnv(known []field) {
	byName := make(map[string]string, len(known))
	for _, f := range known {
		byName[r.prefix+strings.ToUpper(strings.ReplaceAll(f.key, ".", "_"))] = f.key
	}
	layer := viper.New()
	for _, pair := range r.o.Env {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, r.prefix) || slices.Contains(otherVariables, name) || slices.Contains(r.o.Allow, name) {
			continue
		}
		key, ok := byName[name]
		if !ok {
			r.unknown(name, "config.unknown_variable", keysOf(byName), name)
			continue
		}
		r.env[key] = name
		layer.Set(key, value)
	}
	// The error can only be that a section meets a plain value; scan has refused that file already.
	_ = r.viper.MergeConfigMap(layer.AllSettings())
}

func (r *reader) readFlags(known []field) {
	for _, f := range known {
		if flag := r.flag(f.key); flag != nil {
			r.viper.Set(f.key, flag.Value.String())
		}
	}
}

// flag gives the flag of a key if it was given on the command line.
func (r *reader) flag(key string) *pflag.Flag {
	if r.o.Flags == nil {
		return nil
	}
	if f := r.o.Flags.Lookup(flagName(key)); f != nil && f.Changed {
		return f
	}
	return nil
}

// absolute takes a relative path from the folder of the file.
func (r *reader) absolute(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.folder, path)
}

func (r *reader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return r.problems
}

// problem notes one problem of a setting. Only the first counts: a value of the wrong type is not also missing. A file
// that could not be loaded has no settings to complain of.
func (r *reader) problem(key, sentence string, pairs ...string) {
	if r.broken || slices.ContainsFunc(r.problems, func(e *appliance.Error) bool { return e.Field == key }) {
		return
	}
	from := r.from[key]
	if from == "" {
		from = "default"
	}
	pairs = append(pairs, "field", key, "from", from)
	r.problems = append(r.problems, appliance.FieldError(key, sentence, pairs...))
}
