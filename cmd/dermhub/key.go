package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"dermbox/sync/hub/server"
)

// keys is what "key show --json" prints: public halves only.
type keys struct {
	Trust           string    `json:"trust"`
	Name            string    `json:"name"`
	CAFingerprint   string    `json:"ca_fingerprint"` // SHA-256 in hex of the CA's certificate
	CA              string    `json:"ca"`             // PEM
	CAUntil         time.Time `json:"ca_until"`
	ReceiptKeyID    string    `json:"receipt_key_id"`
	ReceiptKey      string    `json:"receipt_key"` // PEM
	EscrowRecipient string    `json:"escrow_recipient"`
}

func (t *tool) keyShowCommand() *cobra.Command {
	cmd := t.reading("show", "key.show", cobra.NoArgs, func(_ context.Context, h *server.Hub, _ []string) error {
		receipt, err := h.Authority.ReceiptPEM()
		if err != nil {
			return err
		}
		k := keys{Trust: h.Authority.Trust, Name: h.Authority.Name, CAFingerprint: h.Authority.Fingerprint(),
			CA: string(h.Authority.CAPEM()), CAUntil: h.Authority.CA.NotAfter.UTC(), ReceiptKeyID: h.Authority.Receipts.KeyID(),
			ReceiptKey: string(receipt), EscrowRecipient: h.Authority.EscrowRecipient}
		return t.show(k, func() {
			t.say("hubctl.key.show", "name", k.Name, "trust", k.Trust, "fingerprint", k.CAFingerprint, "until", london(k.CAUntil),
				"key", k.ReceiptKeyID, "recipient", k.EscrowRecipient)
		})
	})
	cmd.SuggestFor = []string{"list", "ls"} // the other groups have a list; here there is one set of keys
	return cmd
}
