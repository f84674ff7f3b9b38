// Package ledger is the hub's book in SQLite: which devices are admitted, what each has offered, which bytes are durable,
// which cases were accepted under which receipt, and what went wrong. Every row has its trust from the first day.
//
// Every change is one durable transaction (WAL, synchronous FULL) that also appends to the hub's audit trail. What says who
// a patient is, is sealed by the vault; everything else here may be shown to the trust's IT.
package ledger
