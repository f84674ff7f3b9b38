// Package server is the hub's composition root: it opens vault, ledger, sealed files and keys, and serves the two
// listeners, one for devices (TLS 1.3, client certificates for all but enrolment) and one for the trust's people (TLS,
// sign-in). It is the only package under sync/hub that knows all the others.
package server
