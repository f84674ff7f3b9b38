// Package client carries protocol v1 from the device to its trust's hub: TLS 1.3 with the device's certificate, the pinned
// CA as the only one believed, HTTP/1.1, and a connection of its own for urgent batches (on one shared HTTP/2 connection
// an urgent record waits behind the bulk).
//
// It does each request once. What to do about a failure is package trustsync's; this package says which failure it was.
package client
