// Package daemon wires the appliance: it opens every part in order, runs the services under the supervisor and closes all in
// reverse. It is the one package that may import everything.
package daemon
