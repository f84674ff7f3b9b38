package shelf

import (
	"context"
	"strconv"
	"strings"

	"dermbox/appliance"
)

// shortDigest is how many digits of a digest name a pack at least.
const shortDigest = 8

// Find gives the pack that a person means: by id (its newest version), by id/version, or by digest, of which the first eight digits
// do. The entry is opened; its Err says what is wrong with its file. NotFound "shelf.unknown" lists nothing: "model list" does.
func (s *Shelf) Find(ctx context.Context, name string) (Entry, error) {
	list, err := s.names()
	if err != nil {
		return Entry{}, err
	}
	var found []Entry
	for _, e := range list {
		if e.is(name) {
			found = append(found, e)
		}
	}
	switch {
	case len(found) == 0:
		return Entry{}, appliance.E(appliance.NotFound, "shelf.unknown", nil, "name", short(name))
	case len(found) > 1 && found[0].ID != name:
		return Entry{}, appliance.E(appliance.Invalid, "shelf.ambiguous", nil, "name", short(name))
	}
	return s.open(ctx, found[0]), nil // of one id the newest is the first
}

// is says whether a person's name for a pack may mean this one.
func (e Entry) is(name string) bool {
	if id, version, ok := strings.Cut(name, "/"); ok {
		return id == e.ID && version == strconv.Itoa(e.Version)
	}
	digits := strings.TrimPrefix(name, "sha256:")
	return name == e.ID || len(digits) >= shortDigest && strings.HasPrefix(strings.TrimPrefix(e.Digest, "sha256:"), digits)
}

// short keeps what somebody typed short enough for a sentence.
func short(name string) string { return name[:min(len(name), 80)] }
