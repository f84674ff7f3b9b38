// Package appliance holds the words that all of dermbox shares: the case and its parts, the NHS number, codes and errors.
//
// It uses the standard library only, does no I/O and starts no goroutine, so that every other package may import it and
// it may import none of them. Sentences that people read are not here: types carry keys of the catalogue in
// appliance/text.
package appliance
