package config

import (
	"errors"
	"fmt"
	"strings"

	"dermbox/appliance"
)

// Errors is every problem of one configuration, in the order they were met. Each has code Invalid, the setting in Field,
// and a sentence with the remedy whose placeholders name the value and where it came from.
type Errors []*appliance.Error

// Error gives the problems one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, problem := range e {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the problems to errors.Is and errors.As.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, problem := range e {
		list[i] = problem
	}
	return list
}

// Problems gives the single problems of an error of Load or LoadHub, nil for any other error.
func Problems(err error) []*appliance.Error {
	e, _ := errors.AsType[Errors](err)
	return e
}

// show gives a value as a person wrote it, cut short: the wrong value may be a whole file pasted into a field.
func show(raw any) string {
	s := fmt.Sprint(raw)
	if _, isMap := raw.(map[string]any); isMap {
		s = "{...}"
	}
	if len(s) > 80 {
		s = s[:77] + "..."
	}
	return s
}
