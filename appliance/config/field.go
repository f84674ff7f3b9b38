package config

import (
	"reflect"
	"strconv"
	"strings"
	"time"
)

// field is one setting of a configuration struct: its dotted key and where its value lives.
type field struct {
	key   string
	value reflect.Value
}

// fields walks a pointer to a struct and gives its settings in order; the tag "key" names them.
func fields(config any) []field {
	return walk(reflect.ValueOf(config).Elem(), "")
}

func walk(v reflect.Value, prefix string) []field {
	var found []field
	for i := range v.NumField() {
		tag, tagged := v.Type().Field(i).Tag.Lookup("key")
		switch {
		case !tagged:
		case tag == ",inline":
			found = append(found, walk(v.Field(i), prefix)...)
		case v.Field(i).Kind() == reflect.Struct:
			found = append(found, walk(v.Field(i), prefix+tag+".")...)
		default:
			found = append(found, field{prefix + tag, v.Field(i)})
		}
	}
	return found
}

// sentence is the catalogue key that says what kind of value the setting takes.
func (f field) sentence() string {
	switch f.value.Interface().(type) {
	case time.Duration:
		return "config.type_duration"
	case bool:
		return "config.type_bool"
	case int:
		return "config.type_int"
	case float64:
		return "config.type_number"
	case []string:
		return "config.type_list"
	}
	return "config.type_text"
}

// setText takes a value as an environment variable or a flag has it.
func (f field) setText(s string) bool {
	switch f.value.Interface().(type) {
	case time.Duration:
		d, err := time.ParseDuration(s)
		return err == nil && f.put(d)
	case bool:
		b, err := strconv.ParseBool(s)
		return err == nil && f.put(b)
	case int:
		n, err := strconv.Atoi(s)
		return err == nil && f.put(n)
	case float64:
		x, err := strconv.ParseFloat(s, 64)
		return err == nil && f.put(x)
	case []string:
		return f.put(strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }))
	}
	f.value.SetString(s)
	return true
}

// setTyped takes a value as YAML has it. It converts nothing: text in quotes is not a number.
func (f field) setTyped(raw any) bool {
	switch f.value.Interface().(type) {
	case time.Duration:
		s, ok := raw.(string)
		return ok && f.setText(s)
	case bool:
		b, ok := raw.(bool)
		return ok && f.put(b)
	case int:
		n, ok := raw.(int)
		return ok && f.put(n)
	case float64:
		if n, ok := raw.(int); ok {
			return f.put(float64(n))
		}
		x, ok := raw.(float64)
		return ok && f.put(x)
	case []string:
		return f.setList(raw)
	}
	s, ok := raw.(string)
	if ok {
		f.value.SetString(s)
	}
	return ok
}

func (f field) setList(raw any) bool {
	items, ok := raw.([]any)
	if !ok {
		return false
	}
	list := make([]string, len(items))
	for i, item := range items {
		if list[i], ok = item.(string); !ok {
			return false
		}
	}
	return f.put(list)
}

func (f field) put(v any) bool {
	f.value.Set(reflect.ValueOf(v))
	return true
}
