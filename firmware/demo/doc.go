// Package demo is `make run`: it makes a demo trust and a demo clinic, starts the real programs as processes, takes one
// case of an invented patient through the kiosk's own pages as a browser would, and prints what the daemon and the hub then
// say of it.
//
// It imports nothing that the programs are made of: it knows their command lines, their pages and their JSON, as an
// administrator and a member of staff do. What it prints it has read back; of its own it knows only what it typed in.
package demo
