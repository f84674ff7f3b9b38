// Package scope is a simulated dermatoscope: it draws lesions or plays photographs, and sends them as a camera does, as
// MJPEG over HTTP at thirty frames a second, never the same frame twice. It can be made to fail in the ways that real
// cameras fail. It stands in for a camera in the demonstration, in tests and for training the simulation model.
package scope
