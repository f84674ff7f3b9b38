package blobs

import (
	"errors"

	"filippo.io/age"
)

// Key seals small values, bound to where they belong; the vault's keys are its implementation. Safe for concurrent use.
type Key interface {
	Seal(table, column, row string, plain []byte) ([]byte, error)
	Open(table, column, row string, sealed []byte) ([]byte, error)
}

// stanzaType names our way of wrapping an age file key; age passes over types that it does not know.
const stanzaType = "dermbox-hub-part/1"

// wrapping is both halves of age's key wrapping for one sealed file: its file key is sealed under the part's key and bound
// to the part and the file's name, so that no file can stand in for another.
type wrapping struct {
	key Key
	row string
}

func bind(part, name string) string { return part + "/" + name }

// Wrap is age.Recipient.
func (w wrapping) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	sealed, err := w.key.Seal("blobs", "file_key", w.row, fileKey)
	if err != nil {
		return nil, err
	}
	return []*age.Stanza{{Type: stanzaType, Body: sealed}}, nil
}

// Unwrap is age.Identity.
func (w wrapping) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != stanzaType {
			continue
		}
		fileKey, err := w.key.Open("blobs", "file_key", w.row, s.Body)
		if err != nil {
			return nil, errors.Join(age.ErrIncorrectIdentity, err)
		}
		return fileKey, nil
	}
	return nil, age.ErrIncorrectIdentity
}
