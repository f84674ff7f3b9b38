// Package supervise keeps a program's services running: it starts them in order, restarts those that fail, with back-off,
// stops the program when one says that it cannot go on, and closes them in reverse order, waiting for each.
//
// It is a thin layer on github.com/thejerf/suture: one suture supervisor for each service, so that one failing service
// never slows the restart of another, and so that closing has an order.
package supervise
