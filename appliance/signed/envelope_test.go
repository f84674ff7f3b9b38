package signed_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/signed"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// ring is a trust table for tests: kind to keys.
type ring map[signed.Kind][]crypto.PublicKey

func (r ring) Verifiers(_ context.Context, k signed.Kind) ([]dsse.Verifier, error) {
	var out []dsse.Verifier
	for _, pub := range r[k] {
		out = append(out, signed.NewVerifier(pub))
	}
	return out, nil
}

func ed(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func p256(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB, k signed.Kind, payload []byte, key crypto.Signer) []byte {
	t.Helper()
	env, err := signed.Sign(t.Context(), k, payload, signed.NewSigner(key))
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok || e.Key != key || e.Code != appliance.Unverified {
		t.Fatalf("error is %v, want unverified %s", err, key)
	}
}

func TestSignedBytesComeBackExactly(t *testing.T) {
	payloads := map[string][]byte{
		"json": []byte(`{"a": 1 }` + "\n"), "empty": {}, "binary": {0, 255, 10, 13},
	}
	for name, key := range map[string]crypto.Signer{"ed25519": ed(t), "p256": p256(t)} {
		for what, payload := range payloads {
			t.Run(name+"/"+what, func(t *testing.T) {
				got, err := signed.Verify(t.Context(), signed.KindRules, sign(t, signed.KindRules, payload, key),
					ring{signed.KindRules: {key.Public()}})
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Payload, payload) || got.Digest != signed.Digest(payload) {
					t.Errorf("payload %q digest %s", got.Payload, got.Digest)
				}
				if got.KeyID != signed.KeyID(key.Public()) || !strings.HasPrefix(got.KeyID, name+":") {
					t.Errorf("key id %q", got.KeyID)
				}
			})
		}
	}
}

func TestAKeySignsOnlyItsOwnKind(t *testing.T) {
	model, clinical := ed(t), ed(t)
	keys := ring{signed.KindModel: {model.Public()}, signed.KindRules: {clinical.Public()}}
	_, err := signed.Verify(t.Context(), signed.KindRules, sign(t, signed.KindRules, []byte("{}"), model), keys)
	wantKey(t, err, "signed.unknown_key")
	_, err = signed.Verify(t.Context(), signed.KindRules, sign(t, signed.KindModel, []byte("{}"), model), keys)
	wantKey(t, err, "signed.wrong_kind")
	_, err = signed.Verify(t.Context(), signed.KindPolicy, sign(t, signed.KindPolicy, []byte("{}"), model), keys)
	wantKey(t, err, "signed.unknown_key")
}

func TestRefusals(t *testing.T) {
	key, other := ed(t), ed(t)
	keys := ring{signed.KindRules: {key.Public()}}
	var good dsse.Envelope
	if err := json.Unmarshal(sign(t, signed.KindRules, []byte(`{"n":1}`), key), &good); err != nil {
		t.Fatal(err)
	}
	build := func(change func(*dsse.Envelope)) []byte {
		e := good
		e.Signatures = append([]dsse.Signature(nil), good.Signatures...)
		change(&e)
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	b64 := base64.StdEncoding.EncodeToString
	sig, _ := base64.StdEncoding.DecodeString(good.Signatures[0].Sig)
	flipped := bytes.Clone(sig)
	flipped[10] ^= 1
	lastBit := []byte(good.Signatures[0].Sig) // 64 bytes leave four bits of the last digit unused
	lastBit[85]++
	plain := string(build(func(*dsse.Envelope) {}))

	cases := map[string]struct {
		envelope []byte
		key      string
	}{
		"payload changed": {build(func(e *dsse.Envelope) { e.Payload = b64([]byte(`{"n":2}`)) }), "signed.bad_signature"},
		"type changed":    {build(func(e *dsse.Envelope) { e.PayloadType += "x" }), "signed.wrong_kind"},
		"type of another kind": {build(func(e *dsse.Envelope) { e.PayloadType = signed.PayloadType(signed.KindProfile) }),
			"signed.wrong_kind"},
		"signature changed":     {build(func(e *dsse.Envelope) { e.Signatures[0].Sig = b64(flipped) }), "signed.bad_signature"},
		"signature's spare bit": {build(func(e *dsse.Envelope) { e.Signatures[0].Sig = string(lastBit) }), "signed.malformed"},
		"signature short":       {build(func(e *dsse.Envelope) { e.Signatures[0].Sig = b64(sig[:63]) }), "signed.bad_signature"},
		"signature empty":       {build(func(e *dsse.Envelope) { e.Signatures[0].Sig = "" }), "signed.malformed"},
		"key id of another": {build(func(e *dsse.Envelope) { e.Signatures[0].KeyID = signed.KeyID(other.Public()) }),
			"signed.unknown_key"},
		"no key id":      {build(func(e *dsse.Envelope) { e.Signatures[0].KeyID = "" }), "signed.unknown_key"},
		"no signature":   {build(func(e *dsse.Envelope) { e.Signatures = nil }), "signed.malformed"},
		"two signatures": {build(func(e *dsse.Envelope) { e.Signatures = append(e.Signatures, e.Signatures[0]) }), "signed.malformed"},
		"url base64":     {build(func(e *dsse.Envelope) { e.Payload = "__-_" }), "signed.malformed"},
		"empty":          {nil, "signed.malformed"},
		"not json":       {[]byte("hello"), "signed.malformed"},
		"duplicate key":  {[]byte(strings.Replace(plain, "{", `{"payload":"e30=",`, 1)), "signed.malformed"},
		"duplicate key, other case": {[]byte(strings.Replace(plain, "{", `{"PAYLOAD":"e30=",`, 1)),
			"signed.malformed"},
		"unknown field": {[]byte(strings.Replace(plain, "{", `{"x":1,`, 1)), "signed.malformed"},
		"trailing data": {[]byte(plain + "{}"), "signed.malformed"},
		"huge":          {bytes.Repeat([]byte(" "), signed.MaxEnvelope+1), "signed.too_large"},
		"deep":          {bytes.Repeat([]byte("["), 100000), "signed.malformed"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := signed.Verify(t.Context(), signed.KindRules, c.envelope, keys)
			wantKey(t, err, c.key)
		})
	}
}

func TestEveryFlippedByteIsRefusedOrChangesNothing(t *testing.T) {
	key := p256(t)
	keys := ring{signed.KindReceipt: {key.Public()}}
	payload := []byte(`{"batch":7}`)
	env := sign(t, signed.KindReceipt, payload, key)
	for i := range env {
		for bit := range 8 {
			bad := bytes.Clone(env)
			bad[i] ^= 1 << bit
			got, err := signed.Verify(t.Context(), signed.KindReceipt, bad, keys)
			// Only the letter case of a field's name may change, which means the same.
			if err == nil && (!bytes.Equal(got.Payload, payload) || !bytes.EqualFold(bad, env)) {
				t.Fatalf("byte %d bit %d: %q was taken", i, bit, bad)
			}
		}
	}
}

func TestForeignTextIsNotRepeated(t *testing.T) {
	env := fmt.Sprintf(`{"payloadType":%q,"payload":"","signatures":[{"keyid":"Jane Doe","sig":"AAAA"}]}`,
		signed.PayloadType(signed.KindRules))
	_, err := signed.Verify(t.Context(), signed.KindRules, []byte(env), ring{})
	if err == nil || strings.Contains(err.Error(), "Jane") {
		t.Errorf("error %v", err)
	}
}

func TestSignRefuses(t *testing.T) {
	s := signed.NewEd25519Signer(ed(t))
	if _, err := signed.Sign(t.Context(), "poem", nil, s); appliance.CodeOf(err) != appliance.Invalid {
		t.Errorf("unknown kind: %v", err)
	}
	if _, err := signed.Sign(t.Context(), signed.KindRules, make([]byte, signed.MaxEnvelope), s); appliance.CodeOf(err) !=
		appliance.Invalid {
		t.Errorf("too large: %v", err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signed.Sign(t.Context(), signed.KindRules, nil, signed.NewSigner(key)); err == nil {
		t.Error("an RSA key signed")
	}
	if id := signed.KeyID(key.Public()); id != "" {
		t.Errorf("an RSA key has the id %q", id)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := signed.NewVerifier(p384.Public()).Verify(t.Context(), nil, nil); err == nil {
		t.Error("a P-384 key verified")
	}
}

func TestKindOf(t *testing.T) {
	env := sign(t, signed.KindSite, []byte("{}"), ed(t))
	if k, err := signed.KindOf(env); err != nil || k != signed.KindSite {
		t.Errorf("kind %q, %v", k, err)
	}
	foreign := bytes.Replace(env, []byte("vnd.dermbox"), []byte("vnd.other"), 1)
	_, err := signed.KindOf(foreign)
	wantKey(t, err, "signed.wrong_kind")
}

func FuzzVerify(f *testing.F) {
	key := ed(f)
	keys := ring{signed.KindManifest: {key.Public()}}
	env := sign(f, signed.KindManifest, []byte(`{"batch":1}`), key)
	f.Add(env)
	f.Add([]byte(`{"payloadType":"application/vnd.dermbox.manifest+json","payload":"","signatures":[{}]}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := signed.Verify(t.Context(), signed.KindManifest, data, keys)
		if err == nil && string(got.Payload) != `{"batch":1}` {
			t.Fatalf("%q was taken with payload %q", data, got.Payload)
		}
		if err != nil && appliance.CodeOf(err) != appliance.Unverified {
			t.Fatalf("refused with %v", err)
		}
	})
}

func TestOwnPayload(t *testing.T) {
	got, err := signed.OwnPayload(sign(t, signed.KindManifest, []byte("x"), ed(t)))
	if err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
	_, err = signed.OwnPayload([]byte("{}"))
	wantKey(t, err, "signed.malformed")
}

func TestOwnKeyID(t *testing.T) {
	key := ed(t)
	if got, err := signed.OwnKeyID(sign(t, signed.KindManifest, []byte("x"), key)); err != nil || got != signed.KeyID(key.Public()) {
		t.Errorf("%q, %v", got, err)
	}
	_, err := signed.OwnKeyID([]byte("{}"))
	wantKey(t, err, "signed.malformed")
}
