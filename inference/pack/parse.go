package pack

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/signed"
)

// ParseManifest reads a manifest and checks every field. Errors are *appliance.Error Invalid: "pack.manifest" for what is no
// manifest at all, else Check's.
func ParseManifest(text []byte) (*Manifest, error) {
	m, err := readManifest(text)
	if err != nil {
		return nil, err
	}
	return m, m.Check()
}

// ParseDraft reads a manifest that may be unfinished: only that it is one, and its input, are checked.
func ParseDraft(text []byte) (*Manifest, error) {
	m, err := readManifest(text)
	if err != nil {
		return nil, err
	}
	return m, m.checkInput()
}

// ParseUnpacked reads the manifest of a folder that is to become a pack: all but its list of members is checked.
func ParseUnpacked(text []byte) (*Manifest, error) {
	m, err := readManifest(text)
	if err != nil {
		return nil, err
	}
	m.Members = nil
	return m, m.checkAll(false)
}

func readManifest(text []byte) (*Manifest, error) {
	var m Manifest
	err := signed.Unmarshal(text, &m)
	if err == nil {
		err = checkTriples(text)
	}
	if err != nil {
		return nil, appliance.E(appliance.Invalid, "pack.manifest", err, "reason", reason(err))
	}
	return &m, nil
}

// checkTriples: encoding/json fills up a list that is too short and cuts one that is too long, and a mean of nothing looks like
// a mean of 0.
func checkTriples(text []byte) error {
	var lists struct {
		Input struct {
			Mean, Std []*float64
		} `json:"input"`
	}
	if err := json.Unmarshal(text, &lists); err != nil {
		return err
	}
	for name, list := range map[string][]*float64{"mean": lists.Input.Mean, "std": lists.Input.Std} {
		if len(list) != 3 || list[0] == nil || list[1] == nil || list[2] == nil {
			return fmt.Errorf("input.%s must be a list of three numbers", name)
		}
	}
	return nil
}

// reason is a cause that may stand in a sentence.
func reason(err error) string { return strings.TrimPrefix(clipped(err.Error(), 300), "json: ") }

// errNoAnswers is the reason of a golden.json that cannot be read at all.
var errNoAnswers = errors.New("it is no JSON of the form " + GoldenSchema)
