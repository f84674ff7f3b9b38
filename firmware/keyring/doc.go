// Package keyring holds the public keys that a device trusts, each for one role, and the files that private keys live in.
//
// A role signs certain kinds of data and nothing else: a leaked model key cannot write a trust's policy. The
// demonstration's private keys are committed under demo/; a live device refuses every key of that set.
package keyring
