// Package worker runs native code in a child process: it starts the child under limits, talks to it in framed messages over
// its stdin and stdout, notices a stall, reaps it, and starts another after a back-off.
//
// OpenCV and TFLite can crash or hang the process that holds them, and Go cannot recover from either. So the daemon keeps
// both in children: a dead child is an error of one call and a state of health, never a lost case. Parent side: Start,
// Process, Keeper. Child side: Main, Serve, Handler, Emitter.
//
// A frame is the magic "DBW1", the header's and the body's length as big-endian uint32, a JSON header {type, id, error,
// data} and the body's raw bytes. Id 0 is an event; a request has an id of the parent's choice and its reply the same one.
package worker
