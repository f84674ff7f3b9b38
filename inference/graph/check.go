package graph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dermbox/appliance"
)

// MaxPeak is the most memory that a model's tensors may need at once, weights left out, in bytes. Image classifiers need 1
// to 60 MB; the worker's own limit is set by it.
const MaxPeak = 256 << 20

// schemaVersion is the only version of the schema that is in use.
const schemaVersion = 3

// Want is what a manifest says of its model.
type Want struct {
	InputDims []int  // of the one input, the batch as 1
	InputType string // "float32", "uint8", "int8"
	Outputs   int    // values of the output that is read: the number of labels
	Features  int    // values of the second output that is read, another number than Outputs; 0: none is
}

// Check refuses a model that cannot run here, or is not what its manifest says. The error is an *appliance.Error Unverified
// whose key "inference.model. ..." has one sentence for the reason.
func Check(model []byte, want Want) error {
	if len(model) < 8 || string(model[4:8]) != "TFL3" {
		return refuse("inference.model.not_tflite")
	}
	g, err := Read(model)
	if err != nil {
		return appliance.E(appliance.Unverified, "inference.model.damaged", err)
	}
	return g.Check(want)
}

// Check is the package's Check on a model that was read.
func (g *Graph) Check(want Want) error {
	for _, check := range []func(Want) error{g.checkForm, g.checkOperators, g.checkSizes, g.checkInput, g.checkOutput, g.checkFeatures} {
		if err := check(want); err != nil {
			return err
		}
	}
	return nil
}

func (g *Graph) checkForm(Want) error {
	switch {
	case g.Version != schemaVersion:
		return refuse("inference.model.schema", "version", strconv.Itoa(g.Version))
	case g.Subgraphs != 1:
		return refuse("inference.model.subgraphs", "count", strconv.Itoa(g.Subgraphs))
	case g.operations == 0:
		return refuse("inference.model.empty")
	}
	return nil
}

func (g *Graph) checkOperators(Want) error {
	names := []string{}
	for _, o := range g.Operators {
		if o.Custom != "" && !slices.Contains(names, o.Custom) {
			names = append(names, o.Custom)
		}
	}
	if len(names) > 0 {
		return refuse("inference.model.operators", "operators", strings.Join(names[:min(len(names), 8)], ", "))
	}
	return nil
}

func (g *Graph) checkSizes(Want) error {
	switch {
	case len(g.Types) > 0:
		return refuse("inference.model.dtype", "have", g.Types[0], "want", "float32, uint8, int8")
	case g.Unsized != "":
		return refuse("inference.model.dynamic", "tensor", g.Unsized)
	case g.Peak > MaxPeak:
		return refuse("inference.model.huge", "need", mebibytes(g.Peak), "limit", mebibytes(MaxPeak))
	}
	return nil
}

func (g *Graph) checkInput(want Want) error {
	if len(g.Inputs) != 1 {
		return refuse("inference.model.inputs", "count", strconv.Itoa(len(g.Inputs)))
	}
	in := g.Inputs[0]
	if !runs(in.DType) {
		return refuse("inference.model.dtype", "have", in.DType, "want", "float32, uint8, int8")
	}
	if in.Dynamic() {
		return refuse("inference.model.dynamic", "tensor", in.Name)
	}
	if in.DType != want.InputType || !slices.Equal(in.Dims, want.InputDims) {
		return refuse("inference.model.input", "have", in.String(), "want", fmt.Sprintf("%s %v", want.InputType, want.InputDims))
	}
	return nil
}

// checkOutput finds the output by its size, as the engine does: converters reorder outputs.
func (g *Graph) checkOutput(want Want) error {
	fits := g.outputsOf(want.Outputs)
	labels := strconv.Itoa(want.Outputs)
	switch len(fits) {
	case 0:
		return refuse("inference.model.labels", "labels", labels, "have", g.outputs())
	case 1:
		return usable(fits[0])
	}
	return refuse("inference.model.outputs", "labels", labels, "count", strconv.Itoa(len(fits)))
}

// checkFeatures finds the second output in the same way. One of as many values as labels would be the first.
func (g *Graph) checkFeatures(want Want) error {
	if want.Features == 0 {
		return nil
	}
	fits := g.outputsOf(want.Features)
	if len(fits) != 1 || want.Features == want.Outputs {
		return refuse("inference.model.features", "features", strconv.Itoa(want.Features), "count", strconv.Itoa(len(fits)), "have", g.outputs())
	}
	return usable(fits[0])
}

// outputsOf gives the outputs of so many values.
func (g *Graph) outputsOf(values int) (fits []Tensor) {
	for _, t := range g.Outputs {
		if t.Size() == int64(values) {
			fits = append(fits, t)
		}
	}
	return fits
}

// outputs names the first of the outputs, for a sentence.
func (g *Graph) outputs() string {
	if len(g.Outputs) == 0 {
		return "-"
	}
	var have []string
	for _, t := range g.Outputs[:min(len(g.Outputs), 8)] {
		have = append(have, t.String())
	}
	return strings.Join(have, ", ")
}

// usable refuses an output that the worker could not read.
func usable(t Tensor) error {
	switch {
	case !runs(t.DType):
		return refuse("inference.model.dtype", "have", t.DType, "want", "float32, uint8, int8")
	case t.Dynamic():
		return refuse("inference.model.dynamic", "tensor", t.Name)
	}
	return nil
}

// runs says whether input and output may be of a type.
func runs(dtype string) bool { return dtype == "float32" || dtype == "uint8" || dtype == "int8" }

func mebibytes(n int64) string { return strconv.FormatInt((n+1<<20-1)>>20, 10) }

// refuse makes a refusal; keys_test.go of package inference holds that each key has its sentence.
func refuse(key string, params ...string) error {
	return appliance.E(appliance.Unverified, key, nil, params...)
}
