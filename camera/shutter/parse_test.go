package shutter_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/camera/shutter"
)

func TestNewRefusesWhatCannotBe(t *testing.T) {
	for field, o := range map[string]shutter.Options{
		"shutter.devices": {Devices: []string{"05f3:00ff", "pedal"}}, "shutter.keys": {Keys: []string{"KEY_CAMERA", "KEY_NONSENSE"}},
	} {
		_, err := shutter.New(o)
		if e, _ := errors.AsType[*appliance.Error](err); e == nil || e.Code != appliance.Invalid || e.Field != field || !strings.Contains(text.Error(err), " ") {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, name := range shutter.DefaultKeys() {
		if _, ok := shutter.KeyCode(name); !ok {
			t.Errorf("no key %s", name)
		}
	}
}

// Each key of the catalogue that the package uses has a sentence, and each sentence is used.
func TestEveryKeyHasASentence(t *testing.T) {
	form := regexp.MustCompile(`"shutter\.(state|error)\.[a-z_]+"`)
	used := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no source")
	}
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		for _, k := range form.FindAllString(string(source), -1) {
			used[strings.Trim(k, `"`)] = true
		}
	}
	for k := range used {
		if !text.Has(k) {
			t.Errorf("no sentence for %s", k)
		}
	}
	for _, k := range text.Keys() {
		if strings.HasPrefix(k, "shutter.") && !used[k] {
			t.Errorf("nothing uses the sentence %s", k)
		}
	}
}

// FuzzParseEvents checks that whole events are read, no more and no less, and that writing one and reading it again gives the same.
func FuzzParseEvents(f *testing.F) {
	f.Add([]byte{})
	f.Add(shutter.Event{Time: int64(time.Hour), Type: evKey, Code: keyF9, Value: pressed}.Append(nil))
	f.Add(bytes.Repeat([]byte{0xff}, 71))
	size := len(shutter.Event{}.Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, used := shutter.ParseEvents(data)
		if len(events) != len(data)/size || used != len(events)*size {
			t.Fatalf("%d events and %d bytes of %d", len(events), used, len(data))
		}
		for i, e := range events {
			again, n := shutter.ParseEvents(e.Append(nil))
			if n != size || again[0] != e || e.Time < 0 {
				t.Fatalf("event %d: %+v, %+v", i, e, again)
			}
		}
	})
}
