// Package trustsync drains the device's outbox to the trust's hub: offer, parts, commit, receipt.
//
// The folder is called sync; the clause is trustsync because the standard library owns the name sync.
//
// A case counts as received only from a receipt that was verified here. Whatever fails before that is tried again from the
// last byte that the hub made durable; what the hub refuses for good is set aside, so that the rest flows.
package trustsync
