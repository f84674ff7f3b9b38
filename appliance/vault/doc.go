// Package vault holds the box's keys. A provider guards one key-encryption key; it opens the root key in vault.json; from the
// root come, by HKDF, the keys that wrap case keys, seal the box's own rows and make blind indexes. Each case has a random
// data key of its own: destroying its wrapped form erases the case.
//
// What is sealed is bound to table, column, row and key version, so that nothing sealed for one place opens in another.
package vault
