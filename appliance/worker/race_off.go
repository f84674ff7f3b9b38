//go:build !race

package worker

// shadow is what the race detector takes beside the memory that it watches; this program is built without it.
const shadow = 0
