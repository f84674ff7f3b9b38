// Package record makes a pack's known answers: it shows a model pictures and keeps those whose answers hold on another machine.
package record
