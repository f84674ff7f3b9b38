package pack

import _ "embed"

// The JSON Schemas (2020-12) of a pack's two JSON files. What they cannot say, Check and the pack's reader do.
//
//go:embed manifest.schema.json
var manifestSchema []byte

//go:embed golden.schema.json
var goldenSchema []byte

// JSONSchema gives the schema of "manifest" or "golden"; nil for any other name.
func JSONSchema(name string) []byte {
	switch name {
	case "manifest":
		return append([]byte(nil), manifestSchema...)
	case "golden":
		return append([]byte(nil), goldenSchema...)
	}
	return nil
}
