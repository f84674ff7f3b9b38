// Package texture measures how much fine detail a grey picture holds and in which directions, and whether a JPEG encoder left its
// grid of blocks in it. It is arithmetic on bytes, without OpenCV. docs/quality.md gives the formulas and where their constants
// come from.
package texture
