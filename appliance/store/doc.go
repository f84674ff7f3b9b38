// Package store keeps cases, the outbox to the trust, the staff list and the audit trail in one SQLite database in WAL mode
// with synchronous=FULL. Every write method is one transaction that also holds its audit rows, and returns only when it is
// durable.
//
// Whatever can identify or describe a patient is sealed under the case's own data key before SQLite sees it, so that
// database, log and backups never hold it in plain; look-ups go by keyed blind index.
package store
