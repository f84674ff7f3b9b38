package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const digestPrefix = "sha256:"

// Digest gives "sha256:" and the SHA-256 of b in lower-case hex: how manifests and receipts are named.
func Digest(b []byte) string {
	return digestPrefix + HexSum(b)
}

// HexSum gives the SHA-256 of b in lower-case hex without a prefix: how parts are named.
func HexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// ValidDigest says whether s has the form that Digest gives.
func ValidDigest(s string) bool {
	rest, ok := strings.CutPrefix(s, digestPrefix)
	return ok && ValidSum(rest)
}

// ValidSum says whether s has the form that HexSum gives.
func ValidSum(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}

// CommitPath gives the path of the commit of the batch whose manifest has the digest.
func CommitPath(digest string) string { return PathBatches + "/" + digest + "/commit" }
