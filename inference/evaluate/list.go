package evaluate

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// MaxList is the largest list of pictures, in bytes.
const MaxList = 64 << 20

// Row is one picture of a list.
type Row struct {
	Line                    int    // of the CSV, from 1
	ID, Path, Truth         string // Path leads nowhere outside the pictures' folder
	Years                   int    // -1: not given
	Age, Sex, SkinType      string // as Picture has them
	dx, split, age, sex, fz string // as the list has them
}

// List is a list of pictures as it was read.
type List struct {
	Rows    []Row     // to be judged, in the list's order
	Total   int       // rows, or rows of the split
	LeftOut []LeftOut // rows that are not to be judged
	Blanked []LeftOut
	Columns []string // of ByAge, BySex and BySkinType those that are there
}

// Why a row is left out.
const (
	LeftShort     = "short"      // it has fewer fields than the heading needs
	LeftEmpty     = "empty"      // image_id, path or dx holds nothing
	LeftUnknown   = "unknown_dx" // dx is no label of the pack
	LeftOutside   = "outside"    // the path leads out of the folder
	LeftDuplicate = "duplicate"  // the picture or its name is there already
	LeftMissing   = "missing"    // there is no such file, or it cannot be read
	LeftTooLarge  = "too_large"
	LeftNoJPEG    = "not_jpeg"
	LeftUnjudged  = "not_judged" // the model gave no answer
	BlankedValue  = "blanked"    // only the value is left out
)

// Source is a list of pictures that is to be read.
type Source struct {
	Name   string // of the file, for people
	Raw    []byte
	Split  string   // rows of this value in column split; "": all
	Labels []string // of the pack: what dx may be
}

// ReadList reads a CSV with the columns image_id, path and dx, and age, sex, skin_type and split where they are there, in any order among any
// others. A byte order mark and either end of line are taken. Errors say what keeps the list as a whole from being read; a row that cannot be used is listed.
func ReadList(s Source) (List, error) {
	raw := bytes.TrimPrefix(s.Raw, []byte("\ufeff"))
	if len(bytes.TrimSpace(raw)) == 0 {
		return List{}, appliance.E(appliance.Invalid, "evaluation.list.empty", nil, "path", s.Name)
	}
	if line, ok := notText(raw); ok {
		return List{}, appliance.E(appliance.Invalid, "evaluation.list.encoding", nil, "path", s.Name, "line", fmt.Sprint(line))
	}
	reader := csv.NewReader(bytes.NewReader(raw))
	reader.FieldsPerRecord = -1
	heading, err := reader.Read()
	if err != nil {
		return List{}, broken(s.Name, err)
	}
	columns, err := columnsOf(s, heading)
	if err != nil {
		return List{}, err
	}
	rows, short, err := columns.rows(s.Name, reader)
	if err != nil {
		return List{}, err
	}
	return s.choose(columns, rows, short)
}

// notText gives the line of the first byte that is no UTF-8, or of a NUL.
func notText(raw []byte) (line int, found bool) {
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if r == 0 || r == utf8.RuneError && n == 1 {
			return 1 + bytes.Count(raw[:i], []byte("\n")), true
		}
		i += n
	}
	return 0, false
}

func broken(name string, err error) error {
	line, why := 1, "it ends too early"
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		line, why = e.Line, e.Err.Error()
	}
	return appliance.E(appliance.Invalid, "evaluation.list.broken", err, "path", name, "line", fmt.Sprint(line), "why", why)
}

// columns says where each column stands.
type columns map[string]int

func columnsOf(s Source, heading []string) (columns, error) {
	c := columns{}
	names := make([]string, len(heading))
	for i, name := range heading {
		name = strings.TrimSpace(name)
		names[i] = Shown(name)
		if !slices.Contains([]string{"image_id", "path", "dx", "split", ByAge, BySex, BySkinType}, name) {
			continue
		}
		if _, twice := c[name]; twice {
			return nil, appliance.FieldError(name, "evaluation.list.twice", "path", s.Name, "column", name)
		}
		c[name] = i
	}
	needed := []string{"image_id", "path", "dx"}
	if s.Split != "" {
		needed = append(needed, "split")
	}
	for _, name := range needed {
		if _, has := c[name]; !has {
			return nil, appliance.FieldError(name, "evaluation.list.column", "path", s.Name, "column", name, "columns", shorter(names))
		}
	}
	return c, nil
}

// shorter lists the first names of a heading, or of splits.
func shorter(names []string) string {
	if len(names) > 12 {
		names = append(slices.Clone(names[:12]), "...")
	}
	return strings.Join(names, ", ")
}

func (c columns) get(fields []string, name string) string {
	if i, has := c[name]; has && i < len(fields) {
		return strings.TrimSpace(fields[i])
	}
	return ""
}

func (c columns) rows(name string, reader *csv.Reader) (rows []Row, short []Row, err error) {
	last := slices.Max([]int{c["image_id"], c["path"], c["dx"]})
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, short, nil
		}
		if err != nil {
			return nil, nil, broken(name, err)
		}
		if !slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != "" }) {
			continue // a line of separators, as spreadsheets leave them behind
		}
		line, _ := reader.FieldPos(0)
		row := Row{Line: line, ID: c.get(fields, "image_id"), Path: c.get(fields, "path"), dx: c.get(fields, "dx"), split: c.get(fields, "split"),
			age: c.get(fields, ByAge), sex: c.get(fields, BySex), fz: c.get(fields, BySkinType)}
		if len(fields) <= last {
			short = append(short, row)
			continue
		}
		rows = append(rows, row)
	}
}

// choose takes the rows of the split and says of each whether it is to be judged.
func (s Source) choose(c columns, rows, short []Row) (List, error) {
	l := List{}
	for _, name := range []string{ByAge, BySex, BySkinType} {
		if _, has := c[name]; has {
			l.Columns = append(l.Columns, name)
		}
	}
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r.split] = true
	}
	if s.Split != "" && !seen[s.Split] {
		var there []string
		for name := range seen {
			there = append(there, fmt.Sprintf("%q", Shown(name)))
		}
		slices.Sort(there)
		return List{}, appliance.FieldError("--split", "evaluation.list.split", "path", s.Name, "split", Shown(s.Split), "splits", shorter(there))
	}
	if s.Split != "" {
		rows = pick(rows, func(r Row) bool { return r.split == s.Split })
		short = nil // nobody knows which split they are of
	}
	if l.Total = len(rows) + len(short); l.Total == 0 {
		return List{}, appliance.E(appliance.Invalid, "evaluation.list.no_rows", nil, "path", s.Name)
	}
	for _, r := range short {
		l.leave(r, LeftShort, "line", "")
	}
	s.sort(&l, rows)
	slices.SortStableFunc(l.LeftOut, func(a, b LeftOut) int { return a.Line - b.Line })
	return l, nil
}

// sort puts each row where it belongs. Of rows with one name or one file the first counts, and none where they disagree about the truth.
func (s Source) sort(l *List, rows []Row) {
	first, argued := map[string]Row{}, map[string]bool{}
	for _, r := range rows {
		for _, key := range r.keys() {
			if f, has := first[key]; has && f.dx != r.dx {
				argued[key] = true
			} else if !has {
				first[key] = r
			}
		}
	}
	for _, r := range rows {
		field, reason, value := s.fault(r)
		for i, key := range r.keys() {
			if reason == "" && (argued[key] || first[key].Line != r.Line) {
				field, reason, value = []string{"image_id", "path"}[i], LeftDuplicate, []string{r.ID, r.Path}[i]
			}
		}
		if reason != "" {
			l.leave(r, reason, field, value)
			continue
		}
		r.Truth, r.Path = r.dx, filepath.FromSlash(r.Path)
		l.group(&r)
		l.Rows = append(l.Rows, r)
	}
}

func (r Row) keys() []string { return []string{"id " + r.ID, "path " + path.Clean(r.Path)} }

func (s Source) fault(r Row) (field, reason, value string) {
	for _, f := range [][2]string{{"image_id", r.ID}, {"path", r.Path}, {"dx", r.dx}} {
		if f[1] == "" {
			return f[0], LeftEmpty, ""
		}
	}
	switch {
	case !slices.Contains(s.Labels, r.dx):
		return "dx", LeftUnknown, r.dx
	case !filepath.IsLocal(filepath.FromSlash(r.Path)) || strings.Contains(r.Path, "\\"):
		return "path", LeftOutside, r.Path
	}
	return "", "", ""
}

// leave lists a row that is not judged.
func (l *List) leave(r Row, reason, field, value string) {
	l.LeftOut = append(l.LeftOut, Leave(r, reason, field, value))
}

// Leave says why a row, or a value of it, is left out, with the remedy.
func Leave(r Row, reason, field, value string) LeftOut {
	o := LeftOut{Line: r.Line, ImageID: Shown(r.ID), Reason: reason, Field: field, Value: Shown(value)}
	o.Sentence = text.T("evaluation.left."+reason, map[string]string{"line": strconv.Itoa(o.Line), "id": o.ImageID, "field": o.Field, "value": o.Value})
	return o
}

// group reads what a picture can be grouped by; a value that makes no sense is listed and counts as not given.
func (l *List) group(r *Row) {
	r.Years, r.Age, r.Sex, r.SkinType = -1, Unknown, Unknown, Unknown
	blank := func(field, value string) {
		l.Blanked = append(l.Blanked, Leave(*r, BlankedValue, field, value))
	}
	if !absent(r.age) {
		if v, err := strconv.ParseFloat(r.age, 64); err == nil && v >= 0 && v < 131 {
			r.Years = int(math.Floor(v))
			r.Age = AgeBand(r.Years)
		} else {
			blank(ByAge, r.age)
		}
	}
	switch strings.ToLower(r.sex) {
	case "f", "female":
		r.Sex = "female"
	case "m", "male":
		r.Sex = "male"
	default:
		if !absent(r.sex) {
			r.Sex = "other"
		}
	}
	if absent(r.fz) {
		return
	}
	types := []string{"I", "II", "III", "IV", "V", "VI"}
	i := slices.Index(types, strings.ToUpper(r.fz))
	if n, err := strconv.Atoi(r.fz); err == nil {
		i = n - 1
	}
	if i < 0 || i >= len(types) {
		blank(BySkinType, r.fz)
		return
	}
	r.SkinType = types[i]
}

// absent says whether a value is one of those that lists have for "not given".
func absent(v string) bool {
	return slices.Contains([]string{"", "unknown", "nan", "na", "n/a", "none", "null", "-"}, strings.ToLower(v))
}

// Shown makes a value of a foreign file fit for a line of text: one line of at most 60 characters, nothing that moves a terminal.
func Shown(v string) string {
	v = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, v)
	if r := []rune(v); len(r) > 60 {
		v = string(r[:57]) + "..."
	}
	return v
}
