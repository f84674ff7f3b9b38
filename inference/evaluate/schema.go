package evaluate

import _ "embed"

// reportSchema is the JSON Schema (2020-12) of a Report.
//
//go:embed evaluation.schema.json
var reportSchema []byte

// JSONSchema gives the JSON Schema of a Report.
func JSONSchema() []byte { return append([]byte(nil), reportSchema...) }
