package graph

import "fmt"

// Caps on the counts of a model; the largest image classifiers stay below a tenth of them.
const (
	maxEntries    = 1 << 16 // tensors, operators, operator codes, buffers
	maxReferences = 1 << 20 // from all operators to tensors
	maxDims       = 8
	maxName       = 1 << 16
	maxData       = 1 << 31
)

// Graph is what a model says of itself.
type Graph struct {
	Version    int        // of the schema
	Subgraphs  int        // all but the first are not read
	Operators  []Operator // codes, in the file's order
	Inputs     []Tensor
	Outputs    []Tensor
	Types      []string // of tensors that have no fixed size, such as "string"
	Unsized    string   // name of a tensor inside the graph with an unknown dimension, "" if all are known
	Bytes      int64    // of all tensors, weights left out
	Peak       int64    // most bytes of them that are needed at once, run in the file's order
	operations int
}

// Operator is an operator code that the model uses.
type Operator struct {
	Code    int    // the number of the built-in operator
	Custom  string // name of an operator that is not built in, "" for those that are
	Version int
}

// custom is the code of operators that are not built in.
const custom = 32

// Read reads a model. The error says where the file is damaged; the model's own values are not judged, see Check.
func Read(model []byte) (*Graph, error) {
	r := &reader{b: model}
	root := r.tableAt(int64(r.u32(0)))
	g := &Graph{Version: int(root.u32(0)), Operators: readOperators(root.tables(1, maxEntries))}
	subgraphs := root.tables(2, maxEntries)
	g.Subgraphs = len(subgraphs)
	buffers := readBuffers(root.tables(4, maxEntries))
	if r.err == nil && len(subgraphs) > 0 {
		g.read(subgraphs[0], buffers)
	}
	if r.err != nil {
		return nil, r.err
	}
	return g, nil
}

// readOperators reads the codes. Files before schema 3a have theirs in a byte; later ones have it there as well if it fits.
func readOperators(tables []table) []Operator {
	out := make([]Operator, 0, len(tables))
	for _, t := range tables {
		o := Operator{Code: max(int(int8(t.u8(0))), int(int32(t.u32(3)))), Version: max(1, int(int32(t.u32(2))))}
		if o.Code == custom {
			if o.Custom = t.name(1); o.Custom == "" {
				o.Custom = "?"
			}
		}
		out = append(out, o)
	}
	return out
}

// readBuffers gives the sizes of the buffers, in bytes: 0 is no constant.
func readBuffers(tables []table) []int64 {
	out := make([]int64, 0, len(tables))
	for _, t := range tables {
		_, n := t.vector(0, 1, maxData)
		if t.u64(1) > 1 || t.u64(2) > 1 {
			t.r.fail("weights outside of the file's tables", t.at)
		}
		out = append(out, n)
	}
	return out
}

// read reads the subgraph.
func (g *Graph) read(t table, buffers []int64) {
	r := t.r
	tensors := make([]Tensor, 0)
	for _, entry := range t.tables(0, maxEntries) {
		tensors = append(tensors, readTensor(entry, buffers))
	}
	pick := func(indices []int) (out []Tensor) {
		for _, i := range indices {
			if i < 0 || i >= len(tensors) {
				r.fail(fmt.Sprintf("tensor %d of %d", i, len(tensors)), t.at)
				return nil
			}
			out = append(out, tensors[i])
		}
		return out
	}
	ins, outs := t.ints(1, maxEntries), t.ints(2, maxEntries)
	g.Inputs, g.Outputs = pick(ins), pick(outs)
	steps := readSteps(t.tables(3, maxEntries), len(g.Operators), len(tensors))
	if r.err != nil {
		return
	}
	g.operations = len(steps)
	g.note(tensors)
	g.Peak = peak(tensors, steps, ins, outs)
}

// note adds up the tensors that are not weights.
func (g *Graph) note(tensors []Tensor) {
	for _, t := range tensors {
		if t.Unsized() && g.Unsized == "" {
			g.Unsized = t.Name
			if g.Unsized == "" {
				g.Unsized = "?"
			}
		}
		if types[t.kind].bits == 0 {
			g.Types = append(g.Types, t.DType)
		}
		if !t.constant {
			g.Bytes = min(g.Bytes+t.Bytes, tooMany)
		}
	}
}
