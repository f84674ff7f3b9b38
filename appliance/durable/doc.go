// Package durable makes files that survive a power cut: bytes go to a temporary file beside the target, are synced, renamed
// over it, and the folder is synced, so that after any interruption either the old file or the whole new one is there.
//
// A failed sync is never retried as if nothing had happened: after one the kernel may have dropped the bytes and still
// report the next sync as good, so the file is given up and the caller starts anew.
package durable
