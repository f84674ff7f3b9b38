// Package ingest takes what devices send: offers, parts and commits. Nothing is acknowledged before it is durable, and
// everything may be sent twice: an offer is known by its manifest's digest, a part by its own, a commit by its receipt.
//
// Every call acts in the scope of the caller's certificate (trust, site, device) and sees nothing of any other.
package ingest
