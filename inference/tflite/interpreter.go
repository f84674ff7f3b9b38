package tflite

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// Options are how a model runs.
type Options struct {
	Threads int  // 0 means 1, which is the right number: more are slower on a busy machine
	Plain   bool // leave the XNNPACK delegate out
}

// Interpreter is a loaded model. It is not safe for concurrent use.
type Interpreter struct {
	lib      *Library
	data     unsafe.Pointer // the model's bytes, which the library reads in place
	model    unsafe.Pointer
	it       C.dermbox_interpreter
	messages *C.dermbox_messages
	engine   string
	inputs   []Tensor
	outputs  []Tensor
}

// Load makes an interpreter for a model. When XNNPACK refuses the model, now or in a first run, the plain kernels run it, and Engine
// says so.
// A bad model is an error with what the library said of it; a hostile one can crash the process.
func (l *Library) Load(model []byte, o Options) (*Interpreter, error) {
	if len(model) == 0 {
		return nil, errors.New("tflite: empty model") // C.CBytes of nothing is a pointer that must not be read
	}
	t := &Interpreter{lib: l, data: C.CBytes(model)}
	t.messages = (*C.dermbox_messages)(C.calloc(1, C.sizeof_dermbox_messages))
	t.model = C.dermbox_model_create(&l.api, t.data, C.size_t(len(model)), t.messages)
	if t.model == nil {
		defer t.Close()
		return nil, fmt.Errorf("tflite: model refused: %s", t.said())
	}
	if err := t.create(o); err != nil {
		defer t.Close()
		return nil, err
	}
	t.inputs, t.outputs = t.tensors(0), t.tensors(1)
	return t, nil
}

func (t *Interpreter) create(o Options) error {
	threads := C.int32_t(max(1, o.Threads))
	if !o.Plain && C.dermbox_interpreter_create(&t.lib.api, t.model, threads, 1, t.messages, &t.it) == 0 {
		if t.tried() {
			t.engine = "TFLite " + t.lib.version + " XNNPACK"
			return nil
		}
		C.dermbox_interpreter_delete(&t.lib.api, &t.it)
	}
	if status := C.dermbox_interpreter_create(&t.lib.api, t.model, threads, 0, t.messages, &t.it); status != 0 {
		return fmt.Errorf("tflite: no interpreter, status %d: %s", int(status), t.said())
	}
	t.engine = "TFLite " + t.lib.version + " plain kernels"
	return nil
}

// tried runs the model once on zeros: some models the delegate takes when it is added, and refuses when it is run.
func (t *Interpreter) tried() bool {
	for _, in := range t.tensors(0) {
		if zeros := make([]byte, in.Bytes); in.Bytes > 0 && C.dermbox_copy_in(&t.lib.api, in.pointer, unsafe.Pointer(&zeros[0]), C.size_t(in.Bytes)) != 0 {
			return false
		}
	}
	return C.dermbox_invoke(&t.lib.api, t.it.interpreter) == 0
}

// Engine names library and kernels, for a finding: "TFLite 2.21.0 XNNPACK".
func (t *Interpreter) Engine() string { return t.engine }

// Inputs and Outputs describe the model's tensors.
func (t *Interpreter) Inputs() []Tensor { return t.inputs }

// Outputs describes the model's output tensors, in the file's order.
func (t *Interpreter) Outputs() []Tensor { return t.outputs }

// Run fills input 0 with values, runs the model and gives the outputs of the given numbers as float32, one after the other:
// quantised tensors are converted by their own scale and zero point.
func (t *Interpreter) Run(values []float32, outputs ...int) ([]float32, error) {
	size := 0
	for _, i := range outputs {
		if i < 0 || i >= len(t.outputs) || len(t.inputs) == 0 {
			return nil, fmt.Errorf("tflite: no output %d", i)
		}
		size += t.outputs[i].Size()
	}
	if err := t.put(t.inputs[0], values); err != nil {
		return nil, err
	}
	if err := t.Invoke(); err != nil {
		return nil, err
	}
	all := make([]float32, size)
	rest := all
	for _, i := range outputs {
		n := t.outputs[i].Size()
		if err := t.get(t.outputs[i], rest[:n:n]); err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	return all, nil
}

// Invoke runs the model on the input that it has, that of the last Run: the engine alone, for measuring it.
func (t *Interpreter) Invoke() error {
	if status := C.dermbox_invoke(&t.lib.api, t.it.interpreter); status != 0 {
		return fmt.Errorf("tflite: status %d: %s", int(status), t.said())
	}
	return nil
}

// Close frees the interpreter and the model; calling it again is harmless.
func (t *Interpreter) Close() {
	C.dermbox_interpreter_delete(&t.lib.api, &t.it)
	if t.model != nil {
		C.dermbox_model_delete(&t.lib.api, t.model)
	}
	C.free(t.data)
	C.free(unsafe.Pointer(t.messages))
	t.model, t.data, t.messages = nil, nil, nil
}

// said gives and clears what the library reported since the last time.
func (t *Interpreter) said() string {
	text := strings.TrimSpace(strings.ToValidUTF8(C.GoString(&t.messages.text[0]), "?"))
	t.messages.used, t.messages.text[0] = 0, 0
	if text == "" {
		return "no reason given"
	}
	return strings.ReplaceAll(text, "\n", "; ")
}
