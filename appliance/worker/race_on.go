//go:build race

package worker

// shadow is what the race detector takes beside the memory that it watches: programs and their workers are built alike.
const shadow = 1 << 30
