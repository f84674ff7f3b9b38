package inference

import (
	"time"

	"dermbox/appliance/worker"
	"dermbox/inference/graph"
)

// The worker's limits; it writes no files. Of the models at hand the least memory (RLIMIT_DATA) that the worker ran in was 113
// to 133 MiB, of which thread stacks and Go's tables are some 100; the model's bytes are there up to four times for a moment
// (frame, library's copy, packed weights).
const (
	baseData        = 192 << 20
	modelCopies     = 4
	peakFactor      = 2       // kernels need room beside the tensors
	maxAddressSpace = 8 << 30 // holds Go's reservations as well
	maxOpenFiles    = 64
	maxFileSize     = 1
	nice            = 5               // of the kiosk and a model, the kiosk is first
	stall           = 5 * time.Second // of a model that runs in milliseconds; a visit waits up to 20 s, so the next worker may answer
)

// The worker's Go side: one goroutine reads while another waits for the model, and its heap stays small beside the library's.
const (
	processors = "GOMAXPROCS=2"
	goMemory   = "GOMEMLIMIT=96MiB"
)

// The processor time that one request may use before the worker dies of it, all threads together.
const (
	LoadCPU = 30 * time.Second
	RunCPU  = 5 * time.Second
)

// spec says how the worker is run.
func (o ClientOptions) spec() worker.Spec {
	args := []string{"worker", "--tflite", o.TFLite}
	for _, pin := range o.Pins {
		args = append(args, "--tflite-sha256", pin)
	}
	return worker.Spec{
		Name: "inference", Path: o.WorkerPath, Args: args, Env: append([]string{processors, goMemory}, o.Env...),
		Limits: worker.Limits{
			Data: o.memory(), AddressSpace: maxAddressSpace, OpenFiles: maxOpenFiles, FileSize: maxFileSize, Nice: nice,
		},
		MaxBody: MaxBody, Stall: o.Stall, Restart: o.Restart, Log: o.Log,
	}
}

// memory is how much the worker may take, in bytes: about 200 MB for the usual model and never more than a GiB.
func (o ClientOptions) memory() uint64 {
	if o.Pack == nil {
		return baseData
	}
	need := uint64(baseData + modelCopies*len(o.Pack.Model))
	if g, err := graph.Read(o.Pack.Model); err == nil {
		need += peakFactor * uint64(min(g.Peak, graph.MaxPeak))
	}
	return need
}
