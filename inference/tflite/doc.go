// Package tflite runs a model with the TensorFlow Lite C library, which it loads at run time from a path.
//
// It binds the stable C API by its own prototypes (no header of a matching version is shipped anywhere that packages come
// from) and dlopen: the program builds and starts without the library, a manufacturer can put its own build in place, and
// a missing one is an ordinary error. Only the inference worker may import this package: native code that meets a bad
// model can crash, and Go cannot recover from that.
package tflite
