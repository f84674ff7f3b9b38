// Package blobs keeps the hub's parts on disk, sealed: each part is a list of files, one for each connection that brought
// bytes, so that a broken connection loses nothing and no sealed file is ever opened for writing again.
//
// A file is in the age format (chunks of 64 KiB, authenticated). Its file key is wrapped under the part's own key, which
// the ledger holds wrapped under the vault: without that ledger row the bytes are gone for good. Names are random and say
// nothing of the content. The ledger, not the folder, says which files make up a part; Sweep removes the rest.
package blobs
