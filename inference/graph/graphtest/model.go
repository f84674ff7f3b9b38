// Package graphtest makes small TensorFlow Lite models for tests: one that runs, and ones that are wrong in one way.
package graphtest

import "encoding/binary"

// Tensor types, by the schema's numbers.
const (
	Float32 = 0
	Int32   = 2
	String  = 5
	Int8    = 9
)

// Operators, by the schema's numbers.
const (
	Logistic = 14
	Custom   = 32
	Mean     = 40
)

// Model is a classifier of three labels: the mean of each channel of a picture, through the logistic function. Its zero
// values give one that runs on a float32 input of 4 by 4 pixels.
type Model struct {
	Version    int32   // of the schema; 0 means 3
	Input      []int32 // nil: 1 4 4 3
	Signature  []int32 // of the input
	InputType  uint8
	Inputs     int     // 0 means 1
	Subgraphs  int     // 0 means 1
	Outputs    []int32 // tensors that are outputs; nil: the last one
	Operator   int32   // of the last step; 0 means Logistic
	OperatorV  int32   // its version; 0 means 1
	CustomName string
	Between    []int32 // dimensions of the tensor between the steps; nil: 1 3
	BetweenT   uint8   // its type
	Result     []int32 // dimensions of the output; nil: 1 3
	Axes       []byte  // what the mean is taken over; nil: axes 1 and 2
	Steps      int     // more steps of the last operator, each of which reads
	Wide       int     // as many tensors
}

// Bytes gives the file.
func (m Model) Bytes() []byte {
	m.defaults()
	codes := []fields{operatorCode(Mean, 2, ""), operatorCode(m.Operator, m.OperatorV, m.CustomName)}
	subgraphs := []fields{}
	for range m.Subgraphs {
		subgraphs = append(subgraphs, m.subgraph())
	}
	return file(fields{
		0: m.Version, 1: codes, 2: subgraphs, 3: "made up for tests", 4: []fields{{}, {0: m.Axes}},
	}, "TFL3")
}

func (m *Model) defaults() {
	set := func(to *[]int32, v ...int32) {
		if *to == nil {
			*to = v
		}
	}
	set(&m.Input, 1, 4, 4, 3)
	set(&m.Outputs, 3)
	set(&m.Between, 1, 3)
	set(&m.Result, 1, 3)
	m.Version, m.Operator, m.OperatorV = max(m.Version, 3), max(m.Operator, Logistic), max(m.OperatorV, 1)
	m.Inputs, m.Subgraphs = max(m.Inputs, 1), max(m.Subgraphs, 1)
	if m.Axes == nil {
		m.Axes = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 1), 2)
	}
}

func (m Model) subgraph() fields {
	input := tensor("picture", m.Input, m.InputType, 0)
	if m.Signature != nil {
		input[7] = m.Signature
	}
	inputs := []int32{}
	for range m.Inputs {
		inputs = append(inputs, 0)
	}
	steps := []fields{
		{0: int32(0), 1: []int32{0, 1}, 2: []int32{2}, 3: uint8(27), 4: fields{}}, // ReducerOptions
		{0: int32(1), 1: []int32{2}, 2: []int32{3}},
	}
	for range m.Steps {
		steps = append(steps, fields{0: int32(1), 1: make([]int32, m.Wide), 2: []int32{3}})
	}
	return fields{
		0: []fields{input, tensor("axes", []int32{2}, Int32, 1), tensor("between", m.Between, m.BetweenT, 0),
			tensor("answer", m.Result, m.InputType, 0)},
		1: inputs, 2: m.Outputs, 3: steps, 4: "main",
	}
}

func operatorCode(code, version int32, name string) fields {
	f := fields{0: uint8(min(code, 127)), 2: version, 3: code}
	if name != "" {
		f[1] = name
	}
	return f
}

func tensor(name string, dims []int32, kind uint8, buffer int32) fields {
	return fields{0: dims, 1: kind, 2: buffer, 3: name}
}
