package wire_test

import (
	"bytes"
	"testing"
)

// fuzz checks of one decoder that it never panics, and that what it takes is written and read again without change.
func fuzz(f *testing.F, name string) {
	var m message
	for _, each := range messages() {
		if each.name == name {
			m = each
		}
	}
	f.Add(m.encode(f, m.make(f)))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := m.decode(b)
		if err != nil {
			return
		}
		first := m.encode(t, v)
		again, err := m.decode(first)
		if err != nil {
			t.Fatalf("what was taken is refused when written again: %v", err)
		}
		if !bytes.Equal(first, m.encode(t, again)) {
			t.Fatal("not deterministic")
		}
	})
}

func FuzzCase(f *testing.F)            { fuzz(f, "case") }
func FuzzManifest(f *testing.F)        { fuzz(f, "manifest") }
func FuzzReceipt(f *testing.F)         { fuzz(f, "receipt") }
func FuzzOffer(f *testing.F)           { fuzz(f, "offer") }
func FuzzOfferAnswer(f *testing.F)     { fuzz(f, "offer_answer") }
func FuzzCommitAnswer(f *testing.F)    { fuzz(f, "commit_answer") }
func FuzzReconcileAnswer(f *testing.F) { fuzz(f, "reconcile_answer") }
func FuzzTime(f *testing.F)            { fuzz(f, "time") }
func FuzzTimeAnswer(f *testing.F)      { fuzz(f, "time_answer") }
func FuzzError(f *testing.F)           { fuzz(f, "error") }
func FuzzHelloAnswer(f *testing.F)     { fuzz(f, "hello_answer") }
func FuzzEnrol(f *testing.F)           { fuzz(f, "enrol") }
func FuzzEnrolAnswer(f *testing.F)     { fuzz(f, "enrol_answer") }
func FuzzInvite(f *testing.F)          { fuzz(f, "invite") }
