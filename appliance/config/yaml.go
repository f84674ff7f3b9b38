package config

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v3"

	"dermbox/appliance"
)

var errTooLarge = errors.New("larger than 1 MiB")

// scan walks the file's own nodes, because viper folds case and forgets lines: it notes the line of each key and refuses
// the keys that do not exist. A problem that leaves nothing to load is returned.
func (r *reader) scan(raw []byte, known []field) *appliance.Error {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return syntaxProblem(r.o.Path, err)
	}
	if len(doc.Content) == 0 {
		return nil // an empty file: all defaults
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return appliance.FieldError("", "config.not_settings", "from", r.o.Path)
	}
	keys := make([]string, len(known))
	for i, f := range known {
		keys[i] = f.key
	}
	return r.scanMap(doc.Content[0], "", keys)
}

func (r *reader) scanMap(m *yaml.Node, prefix string, keys []string) *appliance.Error {
	seen := map[string]bool{}
	for i := 0; i+1 < len(m.Content); i += 2 {
		name, value := m.Content[i], m.Content[i+1]
		key := prefix + name.Value
		at := place(r.o.Path, name.Line)
		if seen[name.Value] {
			return appliance.FieldError(key, "config.twice", "field", key, "from", at)
		}
		seen[name.Value] = true
		if slices.Contains(keys, key) {
			r.lines[key] = name.Line
			continue
		}
		if section := key + "."; slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(k, section) }) {
			if err := r.scanSection(value, key, at, keys); err != nil {
				return err
			}
			continue
		}
		r.unknown(key, "config.unknown_key", keys, at)
	}
	return nil
}

func (r *reader) scanSection(value *yaml.Node, key, at string, keys []string) *appliance.Error {
	switch {
	case value.Kind == yaml.MappingNode:
		return r.scanMap(value, key+".", keys)
	case value.Kind == yaml.ScalarNode && value.Tag == "!!null":
		return nil
	}
	return appliance.FieldError(key, "config.not_section", "field", key, "from", at)
}

// unknown refuses a key or a variable and names the one that was probably meant.
func (r *reader) unknown(name, sentence string, known []string, from string) {
	near := nearest(name, known)
	if near == "" {
		sentence += "_far"
	}
	r.problems = append(r.problems, appliance.FieldError(name, sentence, "field", name, "near", near, "from", from))
}

// nearest gives the known name closest to a wrong one by edits, and "" when none is close enough to be meant. A key written
// in the wrong section ("listen" for "kiosk.listen") counts by its last part.
func nearest(wrong string, known []string) string {
	best, least := "", 1+max(2, len(wrong)/3)
	for _, k := range known {
		distance := levenshtein.ComputeDistance(strings.ToLower(wrong), strings.ToLower(k))
		if last(k) != k || last(wrong) != wrong {
			distance = min(distance, 1+levenshtein.ComputeDistance(last(wrong), last(k)))
		}
		if distance < least {
			best, least = k, distance
		}
	}
	return best
}

func last(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

func keysOf(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func place(path string, line int) string { return path + ":" + strconv.Itoa(line) }

func syntaxProblem(path string, err error) *appliance.Error {
	e := appliance.FieldError("", "config.syntax", "from", path, "cause", strings.TrimPrefix(err.Error(), "yaml: "))
	e.Err = err
	return e
}

func fileProblem(path string, err error) *appliance.Error {
	key := "config.unreadable"
	if errors.Is(err, fs.ErrNotExist) {
		key = "config.no_file"
	}
	e := appliance.FieldError("", key, "from", path, "cause", err.Error())
	e.Err = err
	return e
}
