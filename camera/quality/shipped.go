package quality

import (
	"embed"
	"path"
	"slices"
	"strings"
)

//go:embed profiles/*.json
var shipped embed.FS

// ShippedNames lists the profiles that dermbox comes with, unsigned: for looking at photographs, never for a box.
func ShippedNames() (names []string) {
	entries, err := shipped.ReadDir("profiles")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	slices.Sort(names)
	return names
}

// Shipped gives the profile of a name, and false when there is none.
func Shipped(name string) (*Profile, bool) {
	raw, err := shipped.ReadFile(path.Join("profiles", name+".json"))
	if err != nil || !slices.Contains(ShippedNames(), name) {
		return nil, false
	}
	p, err := ParseProfile(raw)
	return p, err == nil // a test parses each
}
