package pack

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
)

// The members, in the only order that a pack has.
const (
	memberEnvelope   = "envelope.json"
	memberModel      = "model.tflite"
	memberCard       = "card.md"
	memberGolden     = "golden.json"
	memberGoldenData = "golden.bin"
)

var (
	// payloadNames are the members that the manifest vouches for.
	payloadNames = []string{memberModel, memberCard, memberGolden, memberGoldenData}
	memberNames  = append([]string{memberEnvelope}, payloadNames...)

	// maxSize is the largest size of each member, in bytes.
	maxSize = map[string]int64{
		memberEnvelope: 1 << 20, memberModel: 48 << 20, memberCard: 256 << 10, memberGolden: 256 << 10,
		memberGoldenData: 16 << 20,
	}
)

// MaxSize is the largest pack, in bytes.
const MaxSize = 68 << 20

// writeArchive gives the deterministic tar: fixed order, no times, no owners.
func writeArchive(members map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range memberNames {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: name, Size: int64(len(members[name])), Mode: 0o644,
			ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("pack member %s: %w", name, err)
		}
		if _, err := w.Write(members[name]); err != nil {
			return nil, fmt.Errorf("pack member %s: %w", name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return out.Bytes(), nil
}

// readArchive takes a pack apart. The tar is only an outer form that no signature covers, so it must be, to the byte, the
// one that writeArchive makes of its members: no room is left for a path, a link, a second copy or anything hidden.
func readArchive(raw []byte) (map[string][]byte, error) {
	if len(raw) > MaxSize {
		return nil, refuse("pack.too_large", nil, "limit_mib", fmt.Sprint(MaxSize>>20))
	}
	members := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(raw))
	for _, name := range memberNames {
		header, err := r.Next()
		switch {
		case err != nil:
			return nil, refuse("pack.not_a_pack", err, "member", name)
		case header.Name != name || header.Typeflag != tar.TypeReg:
			return nil, refuse("pack.not_a_pack", errors.New("unexpected member"), "member", name)
		case header.Size > maxSize[name]:
			return nil, refuse("pack.member_too_large", nil, "member", name)
		}
		if members[name], err = io.ReadAll(r); err != nil {
			return nil, refuse("pack.not_a_pack", err, "member", name)
		}
	}
	again, err := writeArchive(members)
	if err != nil {
		return nil, refuse("pack.not_a_pack", err, "member", memberEnvelope)
	}
	if at, ok := difference(raw, again); ok {
		return nil, refuse("pack.not_a_pack", fmt.Errorf("byte %d", at), "member", memberAt(members, at))
	}
	return members, nil
}

// difference gives the first place where a and b differ.
func difference(a, b []byte) (int, bool) {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i, true
		}
	}
	return min(len(a), len(b)), len(a) != len(b)
}

// memberAt names the member whose header, bytes or padding stand at an offset; the end of the archive belongs to the last.
func memberAt(members map[string][]byte, offset int) string {
	const block = 512
	end := 0
	for _, name := range memberNames {
		end += block + (len(members[name])+block-1)/block*block
		if offset < end {
			return name
		}
	}
	return memberNames[len(memberNames)-1]
}

func refuse(key string, cause error, pairs ...string) error {
	return appliance.E(appliance.Unverified, key, cause, pairs...)
}

func digest(b []byte) string { return signed.Digest(b)[len("sha256:"):] }
