// Package wire is protocol v1 between a dermbox and its trust's hub: every message, its limits, its strict decoder and
// the codes of every refusal. Both sides import it and nothing of each other.
//
// Encoding is deterministic (struct order, no HTML escapes, no white space), so that the same message always has the same
// digest. Decoding is strict: unknown, doubled or missing fields, wrong forms and sizes over the limits are errors, and an
// error never changes anything on the side that found it. Signatures are appliance/signed's; this package looks at plain
// bytes only.
package wire

// Protocol is the version in the header HeaderProtocol of every request and every answer.
const Protocol = "1"

// Names of headers. An answer without HeaderProtocol did not come from a hub: a captive portal or a proxy made it.
const (
	HeaderProtocol = "Dermbox-Protocol"
	HeaderInvite   = "Dermbox-Invite" // the secret of an invite, for PathHello only
	HeaderOffset   = "Upload-Offset"  // bytes that are durable at the hub (draft-ietf-httpbis-resumable-upload)
	HeaderLength   = "Upload-Length"  // bytes of the whole part
)

// Paths of the device listener. A part is PathParts + its SHA-256 in hex; a commit is PathBatches + "/" + the manifest's
// digest + "/commit".
const (
	PathBatches   = "/v1/batches"
	PathParts     = "/v1/parts/"
	PathReconcile = "/v1/reconcile"
	PathTime      = "/v1/time"
	PathEnrol     = "/v1/enrol"
	PathHello     = "/v1/enrol/hello"
)

// PartMedia is the Content-Type of a PATCH.
const PartMedia = "application/partial-upload"

// Limits. What is over them is refused by both sides before it is read to its end.
const (
	MaxCases        = 1000     // cases of one batch
	MaxParts        = 64       // parts of one case, case.json among them
	MaxPartSize     = 64 << 20 // bytes of one part
	MaxCaseJSON     = 1 << 20  // bytes of one case.json
	MaxManifest     = 4 << 20  // bytes of a manifest before it is signed
	MaxReceipt      = 2 << 20  // bytes of a receipt before it is signed
	MaxMessage      = 8 << 20  // bytes of any other message, envelopes included
	MaxReconcile    = 500      // cases of one page of PathReconcile
	MaxEscrowBlob   = 64 << 10 // bytes
	MaxPEM          = 64 << 10 // bytes of a CSR, a certificate or a key
	MaxInvite       = 4 << 10  // characters of an invite
	maxDepth        = 32       // nested JSON values
	maxVersion      = 1 << 20  // version of a case
	maxErrorSeconds = 24 * 3600
)
