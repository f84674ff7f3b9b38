// Package graph reads the structure of a TensorFlow Lite model in plain Go, so that a model which cannot run here is refused
// with one sentence before any native code sees its bytes.
//
// A model is a FlatBuffer (schema version 3, identifier "TFL3"). Of it are read: the tables' places, operator codes, the one
// subgraph with its tensors and operators, and the sizes of the buffers. Weights and the operators' options are not looked
// into: the native loader does that, in the worker.
package graph
