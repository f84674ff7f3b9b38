package demo_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/firmware/demo"
)

// TestReceiptAnswers holds the signed payload, not the box's row beside it, against the batch and the case.
func TestReceiptAnswers(t *testing.T) {
	const payload = `{"schema":"dermbox.receipt/1","manifest_digest":"d1","hub":"H","cases":[{"id":"c1","outcome":"accepted"},` +
		`{"id":"c2","outcome":"rejected"},{"id":"c3","outcome":"duplicate"}]}`
	envelope := `{"payloadType":"t","payload":"` + base64.StdEncoding.EncodeToString([]byte(payload)) + `","signatures":[]}`
	for name, c := range map[string]struct{ envelope, digest, id, says string }{
		"accepted":           {envelope, "d1", "c1", ""},
		"a duplicate":        {envelope, "d1", "c3", ""},
		"another manifest":   {envelope, "d2", "c1", "signed for manifest d1"},
		"a rejected case":    {envelope, "d1", "c2", "rejected"},
		"another case":       {envelope, "d1", "c4", "not among them"},
		"no envelope":        {"word", "d1", "c1", "envelope"},
		"a damaged payload":  {`{"payload":"***"}`, "d1", "c1", "payload"},
		"a payload of words": {`{"payload":"d29yZHM="}`, "d1", "c1", "payload"},
		"an empty payload":   {`{"payload":"e30="}`, "d1", "c1", "signed for manifest"},
	} {
		t.Run(name, func(t *testing.T) {
			receipt, err := demo.ReadReceipt([]byte(c.envelope))
			if err == nil {
				err = receipt.Answers(c.digest, appliance.CaseID(c.id))
			}
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("got %v, want it to say %q", err, c.says)
			}
		})
	}
}
