// Package train holds no Go: its folder has the scripts that make the simulation pack (README.md) and the tests of what they
// made.
package train
