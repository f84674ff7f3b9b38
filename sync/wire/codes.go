package wire

import (
	"net/http"
	"strings"
)

// ErrorCode names a refusal for machines. A code keeps its meaning for ever; a side that does not know one goes by the
// answer's Permanent flag alone.
type ErrorCode string

// Codes of whole requests.
const (
	CodeMalformed     ErrorCode = "malformed"      // the message breaks the protocol
	CodeTooLarge      ErrorCode = "too_large"      // over a limit of this package
	CodeProtocol      ErrorCode = "protocol"       // a version of the protocol that the hub does not speak
	CodeNotFound      ErrorCode = "not_found"      // no such address
	CodeNoCertificate ErrorCode = "no_certificate" // no client certificate of this trust, or it has expired
	CodeDeviceUnknown ErrorCode = "device_unknown" // the certificate's device is not, or no longer, admitted
	CodeWrongDevice   ErrorCode = "wrong_device"   // the manifest names another trust, site or device than the certificate
	CodeUnverified    ErrorCode = "unverified"     // the manifest's signature is not the certificate's
	CodeUnknownBatch  ErrorCode = "unknown_batch"  // commit of a batch that was never offered: offer it
	CodeUnknownPart   ErrorCode = "unknown_part"   // a part that no open offer of this device names: offer its batch
	CodePartsMissing  ErrorCode = "parts_missing"  // commit before every part arrived: offer again and send what is missing
	CodeOffset        ErrorCode = "offset"         // Upload-Offset is not where the hub stands: ask with HEAD
	CodeHashMismatch  ErrorCode = "hash_mismatch"  // the part's bytes are not those of its digest: discarded, send from 0
	CodeTakenOver     ErrorCode = "taken_over"     // a newer request for the same part took this one's place
	CodeFull          ErrorCode = "full"           // the hub has no room
	CodeBusy          ErrorCode = "busy"           // too many requests: wait
	CodeInternal      ErrorCode = "internal"       // a fault of the hub
)

// Codes of enrolment.
const (
	CodeInviteUnknown ErrorCode = "invite_unknown" // not an invite of this hub
	CodeInviteUsed    ErrorCode = "invite_used"
	CodeInviteExpired ErrorCode = "invite_expired"
	CodeInviteDevice  ErrorCode = "invite_device" // made for a device of another name
	CodeCSR           ErrorCode = "csr"           // no proof of the key, or a key of the wrong kind
)

// Codes of one case. CaseConflict also refuses a whole offer, with the cases named in ErrorBody.Cases.
const (
	CaseConflict    ErrorCode = "case_conflict"    // the hub holds the same id and version with other content; both are kept
	CaseUndecodable ErrorCode = "case_undecodable" // case.json cannot be read
	CaseMismatch    ErrorCode = "case_mismatch"    // case.json is of another case or version than the manifest says
	CaseSite        ErrorCode = "case_site"        // case.json is of another trust, site or device
	CasePatient     ErrorCode = "case_patient"     // case.json does not say who the patient is
	CaseImages      ErrorCode = "case_images"      // case.json's captures are not the manifest's images

	CaseDemonstration ErrorCode = "case_demonstration" // a demonstration's case at a hub for patients
	CaseLive          ErrorCode = "case_live"          // a patient's case at a demonstration's hub
)

// Who must act on a refusal.
type Who string

// The people, in health's words.
const (
	Nobody Who = "nobody" // trying again heals it
	IT     Who = "it"     // the clinic's or the trust's IT
	Trust  Who = "trust"  // the dermatology service, or the keeper of the hub
)

// Meaning is what follows from a code.
type Meaning struct {
	Status    int  // HTTP; 0 for codes of single cases
	Permanent bool // the same request will be refused again
	Who       Who
}

var meanings = map[ErrorCode]Meaning{
	CodeMalformed:     {http.StatusBadRequest, true, IT},
	CodeTooLarge:      {http.StatusRequestEntityTooLarge, true, IT},
	CodeProtocol:      {http.StatusUpgradeRequired, true, IT},
	CodeNotFound:      {http.StatusNotFound, true, IT},
	CodeNoCertificate: {http.StatusUnauthorized, true, IT},
	CodeDeviceUnknown: {http.StatusForbidden, true, IT},
	CodeWrongDevice:   {http.StatusForbidden, true, IT},
	CodeUnverified:    {http.StatusForbidden, true, IT},
	CodeUnknownBatch:  {http.StatusNotFound, false, Nobody},
	CodeUnknownPart:   {http.StatusNotFound, false, Nobody},
	CodePartsMissing:  {http.StatusConflict, false, Nobody},
	CodeOffset:        {http.StatusConflict, false, Nobody},
	CodeHashMismatch:  {http.StatusUnprocessableEntity, false, Nobody},
	CodeTakenOver:     {http.StatusConflict, false, Nobody},
	CodeFull:          {http.StatusInsufficientStorage, false, Trust},
	CodeBusy:          {http.StatusTooManyRequests, false, Nobody},
	CodeInternal:      {http.StatusInternalServerError, false, Trust},
	CodeInviteUnknown: {http.StatusForbidden, true, IT},
	CodeInviteUsed:    {http.StatusGone, true, IT},
	CodeInviteExpired: {http.StatusGone, true, IT},
	CodeInviteDevice:  {http.StatusForbidden, true, IT},
	CodeCSR:           {http.StatusUnprocessableEntity, true, IT},
	CaseConflict:      {http.StatusConflict, true, Trust},
	CaseUndecodable:   {0, true, IT},
	CaseMismatch:      {0, true, IT},
	CaseSite:          {0, true, IT},
	CasePatient:       {0, true, IT},
	CaseImages:        {0, true, IT},
	CaseDemonstration: {0, true, IT},
	CaseLive:          {0, true, IT},
}

// Means gives what follows from the code, and false for a code that this version does not know.
func (c ErrorCode) Means() (Meaning, bool) {
	m, ok := meanings[c]
	return m, ok
}

// Codes gives every code that this version knows, in no order.
func Codes() []ErrorCode {
	codes := make([]ErrorCode, 0, len(meanings))
	for c := range meanings {
		codes = append(codes, c)
	}
	return codes
}

// validCodeWord takes codes of later versions too: a newer hub may have more of them.
func validCodeWord(c ErrorCode) bool {
	return c != "" && len(c) <= 40 && strings.Trim(string(c), lower+digits+"_") == ""
}
