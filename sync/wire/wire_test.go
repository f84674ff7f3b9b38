package wire_test

import (
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

func TestManifestRules(t *testing.T) {
	for name, damage := range map[string]func(*wire.Manifest){
		"schema":              func(m *wire.Manifest) { m.Schema = "dermbox.manifest/2" },
		"trust":               func(m *wire.Manifest) { m.Trust = "../x" },
		"site":                func(m *wire.Manifest) { m.Site = "" },
		"device":              func(m *wire.Manifest) { m.Device = "Box 1" },
		"epoch":               func(m *wire.Manifest) { m.Epoch = "" },
		"batch":               func(m *wire.Manifest) { m.Batch = 0 },
		"previous":            func(m *wire.Manifest) { m.Previous = "sha256:12" },
		"clock quality":       func(m *wire.Manifest) { m.CreatedAt.Quality = "good" },
		"no time":             func(m *wire.Manifest) { m.CreatedAt = appliance.Stamp{Quality: appliance.ClockSuspect} },
		"audit head":          func(m *wire.Manifest) { m.AuditHead = "a b" },
		"no cases":            func(m *wire.Manifest) { m.Cases = nil },
		"too many cases":      func(m *wire.Manifest) { m.Cases = make([]wire.CaseEntry, wire.MaxCases+1) },
		"case id":             func(m *wire.Manifest) { m.Cases[0].ID = "x" },
		"case version":        func(m *wire.Manifest) { m.Cases[0].Version = 0 },
		"same case twice":     func(m *wire.Manifest) { m.Cases = append(m.Cases, m.Cases[0]) },
		"no parts":            func(m *wire.Manifest) { m.Cases[0].Parts = nil },
		"too many parts":      func(m *wire.Manifest) { m.Cases[0].Parts = make([]wire.Part, wire.MaxParts+1) },
		"no case.json":        func(m *wire.Manifest) { m.Cases[0].Parts = m.Cases[0].Parts[1:] },
		"two case.json":       func(m *wire.Manifest) { m.Cases[0].Parts[1] = m.Cases[0].Parts[0] },
		"part digest":         func(m *wire.Manifest) { m.Cases[0].Parts[1].SHA256 = strings.Repeat("A", 64) },
		"part empty":          func(m *wire.Manifest) { m.Cases[0].Parts[1].Size = 0 },
		"part too large":      func(m *wire.Manifest) { m.Cases[0].Parts[1].Size = wire.MaxPartSize + 1 },
		"case.json too large": func(m *wire.Manifest) { m.Cases[0].Parts[0].Size = wire.MaxCaseJSON + 1 },
		"media type":          func(m *wire.Manifest) { m.Cases[0].Parts[1].MediaType = "image/svg+xml" },
		"role":                func(m *wire.Manifest) { m.Cases[0].Parts[1].Role = "other" },
		"capture id":          func(m *wire.Manifest) { m.Cases[0].Parts[1].CaptureID = "" },
		"same capture twice":  func(m *wire.Manifest) { m.Cases[0].Parts = append(m.Cases[0].Parts, m.Cases[0].Parts[1]) },
		"one digest, two sizes": func(m *wire.Manifest) {
			p := m.Cases[0].Parts[1]
			p.Size, p.CaptureID = 9, lesionA
			m.Cases[0].Parts = append(m.Cases[0].Parts, p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := sampleManifest(t)
			damage(&m)
			if _, err := wire.EncodeManifest(m); appliance.CodeOf(err) != appliance.Invalid {
				t.Errorf("encode: got %v, want Invalid", err)
			}
			if _, err := wire.DecodeManifest(plain(t, m)); appliance.CodeOf(err) != appliance.Invalid {
				t.Errorf("decode: got %v, want Invalid", err)
			}
		})
	}
}

func TestPartsOfManifestComeSmallFirstAndOnce(t *testing.T) {
	m := sampleManifest(t)
	second := m.Cases[0]
	second.ID = lesionA
	m.Cases = append(m.Cases, second)
	parts := m.Parts()
	if len(parts) != 2 || parts[0].Role != wire.RoleCase || parts[1].Role != wire.RoleImage {
		t.Errorf("got %+v", parts)
	}
}

func TestReceiptAnswersOnlyItsManifest(t *testing.T) {
	m := sampleManifest(t)
	digest := wire.Digest(plain(t, m))
	good := sampleReceipt()
	good.ManifestDigest, good.Cases = digest, good.Cases[:1]
	if !good.Answers(m, digest) {
		t.Fatal("the receipt of the manifest is not taken")
	}
	for name, damage := range map[string]func(*wire.ReceiptPayload){
		"digest":  func(r *wire.ReceiptPayload) { r.ManifestDigest = wire.Digest(nil) },
		"device":  func(r *wire.ReceiptPayload) { r.Device = "box-2" },
		"batch":   func(r *wire.ReceiptPayload) { r.Batch++ },
		"case":    func(r *wire.ReceiptPayload) { r.Cases = []wire.CaseResult{{ID: lesionA, Version: 1}} },
		"missing": func(r *wire.ReceiptPayload) { r.Cases = nil },
	} {
		r := good
		damage(&r)
		if r.Answers(m, digest) {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestInvite(t *testing.T) {
	line := string(messages()[13].encode(t, messages()[13].make(t)))
	if _, err := wire.DecodeInvite("  " + line + "\n"); err != nil {
		t.Errorf("white space around it: %v", err)
	}
	for name, bad := range map[string]string{
		"other scheme": strings.Replace(line, "invite:1", "invite:2", 1),
		"cut short":    line[:len(line)-9],
		"changed":      strings.Replace(line, "e", "!", 1),
		"too long":     line + strings.Repeat("A", wire.MaxInvite),
	} {
		if _, err := wire.DecodeInvite(bad); appliance.CodeOf(err) != appliance.Invalid {
			t.Errorf("%s: got %v, want Invalid", name, err)
		}
	}
	if _, err := wire.EncodeInvite(wire.Invite{URL: "http://hub"}); err == nil {
		t.Error("an address without TLS is taken")
	}
}

func TestCodesSayWhatFollows(t *testing.T) {
	for _, code := range wire.Codes() {
		m, ok := code.Means()
		if !ok || m.Who == "" || m.Permanent && m.Who == wire.Nobody {
			t.Errorf("%s: %+v: somebody must act on what does not heal by itself", code, m)
		}
	}
	later := wire.ErrorBody{Code: "of_a_later_hub", Permanent: true}
	if later.Who() != wire.IT || appliance.CodeOf(later.Err()) != appliance.Internal {
		t.Errorf("an unknown code: %v %v", later.Who(), later.Err())
	}
	full := wire.NewError(wire.CodeFull, "No room.")
	if full.Permanent || appliance.CodeOf(full.Err()) != appliance.Full {
		t.Errorf("full: %+v %v", full, full.Err())
	}
}

func TestErrorsCarryNoValue(t *testing.T) {
	b := strings.Replace(string(plain(t, sampleCase())), `"version":1`, `"version":"Sample"`, 1)
	_, err := wire.DecodeCase([]byte(b))
	if err == nil || strings.Contains(err.Error(), "Sample") {
		t.Errorf("got %v", err)
	}
}
