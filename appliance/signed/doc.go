// Package signed signs and verifies dermbox's data: DSSE envelopes over exact bytes, one kind of payload per payload type.
//
// It knows no keys of its own. Verify asks an interface which keys are trusted for a kind, so that a key of one role can
// never vouch for data of another (package firmware/keyring is that interface's usual implementation). The envelope is
// that of github.com/secure-systems-lab/dsse, with three narrowings: exactly one signature, a key id on it, and canonical
// base64, so that no two byte strings are the same envelope.
package signed
