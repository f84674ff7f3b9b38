// Package audit keeps the box's append-only trail: who did what to which object, when by which clock, with which outcome.
// Each row carries the hash of the row before it, so that a row that was changed, removed, put elsewhere or slipped in shows;
// cutting the end off shows against a head that was noted elsewhere, as every batch to the trust does.
//
// A row holds no image and nothing that a person typed: reasons are codes and catalogue keys.
package audit
