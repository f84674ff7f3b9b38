package inference

import "strings"

// longestEngine is how much of an engine's name is shown and stored, in bytes.
const longestEngine = 100

// engineName keeps of the name that a worker gives its engine what can be printed: each other character becomes a question mark. A worker runs
// native code, and the name goes into records, health and logs.
func engineName(told string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, told[:min(len(told), longestEngine)])
}
