package images

import (
	"errors"
	"fmt"

	"filippo.io/age"

	"dermbox/appliance"
	"dermbox/appliance/vault"
)

// stanzaType names our way of wrapping the file key in age's header. The header shows nothing else: no case, no image.
const stanzaType = "dermbox.case-key.1"

// binding wraps age's file key under a case's data key for one image of that case: age's Recipient and Identity.
type binding struct {
	key     *vault.CaseKey
	id      appliance.CaseID
	capture appliance.CaptureID
}

func (b *binding) row() string { return string(b.id) + "/" + string(b.capture) }

// Wrap implements age.Recipient.
func (b *binding) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	body, err := b.key.Seal("images", "file_key", b.row(), fileKey)
	if err != nil {
		return nil, err
	}
	return []*age.Stanza{{Type: stanzaType, Body: body}}, nil
}

// Unwrap implements age.Identity.
func (b *binding) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != stanzaType {
			continue
		}
		fileKey, err := b.key.Open("images", "file_key", b.row(), s.Body)
		if err != nil {
			return nil, errors.Join(age.ErrIncorrectIdentity, err)
		}
		return fileKey, nil
	}
	return nil, fmt.Errorf("no %s stanza: %w", stanzaType, age.ErrIncorrectIdentity)
}
