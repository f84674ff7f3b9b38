package kiosk

import (
	"maps"
	"slices"
	"strings"
)

// Pages gives the address of every page that needs a member of staff, as the routes have it: what is neither an image nor a stream.
func Pages() (pages []string) {
	for _, pattern := range slices.Sorted(maps.Keys((&kiosk{}).pages())) {
		path, ok := strings.CutPrefix(pattern, "GET ")
		if ok && path != "/ws/preview" && !strings.Contains(path, "/captures/") {
			pages = append(pages, path)
		}
	}
	return pages
}
