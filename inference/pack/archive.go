package pack

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
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
	memberFeatures   = FeaturesFile // there if and only if the method is FeatureResidual
)

var (
	// alwaysNames are the members that each pack has; features.bin may follow.
	alwaysNames = []string{memberEnvelope, memberModel, memberCard, memberGolden, memberGoldenData}

	// maxSize is the largest size of each member, in bytes.
	maxSize = map[string]int64{
		memberEnvelope: 512 << 10, memberModel: 48 << 20, memberCard: 256 << 10, memberGolden: 256 << 10,
		memberGoldenData: 16 << 20, memberFeatures: 2 << 20,
	}
)

// payload gives the names of the members that the manifest vouches for, in their order.
func (m *Manifest) payload() []string {
	if m.FeatureCount() > 0 {
		return append(slices.Clone(alwaysNames[1:]), memberFeatures)
	}
	return alwaysNames[1:]
}

// MaxSize is the largest pack, in bytes.
const MaxSize = 68 << 20

// block is the unit of a tar, in bytes.
const block = 512

// header gives the header of a member: no times, no owners, so that the same members are always the same bytes.
func header(name string, size int64) ([]byte, error) {
	var out bytes.Buffer
	err := tar.NewWriter(&out).WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
	})
	if err != nil {
		return nil, fmt.Errorf("pack member %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// writeArchive gives the deterministic tar: the members that are there in their fixed order, padded to blocks, and two empty blocks.
func writeArchive(members map[string][]byte) ([]byte, error) {
	names := alwaysNames
	if _, ok := members[memberFeatures]; ok {
		names = append(slices.Clone(names), memberFeatures)
	}
	var out bytes.Buffer
	for _, name := range names {
		head, err := header(name, int64(len(members[name])))
		if err != nil {
			return nil, err
		}
		out.Write(head)
		out.Write(members[name])
		out.Write(make([]byte, (block-len(members[name])%block)%block))
	}
	out.Write(make([]byte, 2*block))
	return out.Bytes(), nil
}

// readArchive takes a pack apart. The tar is only an outer form that no signature covers, so it must be, to the byte, the
// one that writeArchive makes of its members: no room is left for a path, a link, a second copy or anything hidden. No tar reader
// sees the foreign bytes, and the members are parts of raw, not copies: a small file that claims much costs nothing. Whether
// features.bin must be there only the manifest says.
func readArchive(raw []byte) (map[string][]byte, error) {
	if len(raw) > MaxSize {
		return nil, refuse("pack.too_large", nil, "limit_mib", fmt.Sprint(MaxSize>>20))
	}
	members := map[string][]byte{}
	names, rest := slices.Clone(alwaysNames), raw
	for i := 0; i < len(names); i++ {
		var err error
		if members[names[i]], rest, err = takeMember(rest, names[i]); err != nil {
			return nil, err
		}
		if i == len(alwaysNames)-1 && bytes.HasPrefix(rest, []byte(memberFeatures)) {
			names = append(names, memberFeatures)
		}
	}
	if len(rest) != 2*block || !zero(rest) {
		return nil, refuse("pack.not_a_pack", errors.New("end of the archive"), "member", names[len(names)-1])
	}
	return members, nil
}

// takeMember takes the member of a name from the start of raw, and gives what follows it.
func takeMember(raw []byte, name string) (member, rest []byte, err error) {
	size, err := claimedSize(raw, name)
	switch {
	case err != nil:
		return nil, nil, refuse("pack.not_a_pack", err, "member", name)
	case size > maxSize[name]:
		return nil, nil, refuse("pack.member_too_large", nil, "member", name)
	case size > int64(len(raw)-block):
		return nil, nil, refuse("pack.not_a_pack", io.ErrUnexpectedEOF, "member", name)
	}
	end := block + int(size)
	padding := (block - end%block) % block
	if rest = raw[end:]; len(rest) < padding || !zero(rest[:padding]) {
		return nil, nil, refuse("pack.not_a_pack", errors.New("padding"), "member", name)
	}
	return raw[block:end:end], rest[padding:], nil
}

// Begins says whether a file begins as a pack does, by its first member's name or by the mark of a tar, so that one that was damaged
// or cut off still does. It is a word for people who took the wrong file: only Read says that a pack is one.
func Begins(raw []byte) bool {
	const markAt = 257
	return bytes.HasPrefix(raw, []byte(memberEnvelope)) || len(raw) > markAt && bytes.HasPrefix(raw[markAt:], []byte("ustar"))
}

// claimedSize reads the one header that may stand at the start of rest, and gives the size that it claims for the member.
func claimedSize(rest []byte, name string) (int64, error) {
	if len(rest) < block {
		return 0, io.ErrUnexpectedEOF
	}
	size, err := strconv.ParseInt(string(rest[124:135]), 8, 64)
	if err != nil || size < 0 {
		return 0, errors.New("no size")
	}
	want, err := header(name, size)
	if err != nil {
		return 0, err
	}
	if !bytes.Equal(rest[:block], want) {
		return 0, errors.New("another header than a pack's")
	}
	return size, nil
}

func zero(b []byte) bool { return bytes.Count(b, []byte{0}) == len(b) }

func refuse(key string, cause error, pairs ...string) error {
	return appliance.E(appliance.Unverified, key, cause, pairs...)
}

func digest(b []byte) string { return signed.Digest(b)[len("sha256:"):] }
