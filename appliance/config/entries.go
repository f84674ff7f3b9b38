package config

import "time"

// Entry is one setting as it came to be.
type Entry struct {
	Key   string `json:"key"`
	Value any    `json:"value"` // text, number, boolean, duration as text, or a list of texts
	From  string `json:"from"`  // "default", "FILE:LINE", the variable's name, or the flag with its dashes
}

// entries keeps the settings out of reach of writers.
type entries struct{ kept []Entry }

func (e entries) list() []Entry { return append([]Entry(nil), e.kept...) }

func (r *reader) entries(config any) entries {
	var kept []Entry
	for _, f := range fields(config) {
		value := f.value.Interface()
		switch v := value.(type) {
		case time.Duration:
			value = v.String()
		case []string:
			value = append([]string(nil), v...)
		case bool, int, float64:
		default:
			value = f.value.String()
		}
		kept = append(kept, Entry{f.key, value, r.from[f.key]})
	}
	return entries{kept}
}
