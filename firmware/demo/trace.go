package demo

import (
	"encoding/json"
	"time"

	"dermbox/appliance"
)

// Trace is what `dermboxctl case show ID --json` says of a case, as far as the demonstration prints it.
type Trace struct {
	ID        appliance.CaseID    `json:"id"`
	Reference string              `json:"reference"`
	State     appliance.State     `json:"state"`
	Urgent    bool                `json:"urgent"`
	Route     appliance.Route     `json:"route"`
	Mark      string              `json:"not_for_clinical_use"` // status of a model that is not approved
	LastError string              `json:"last_error"`
	Openings  []TraceOpening      `json:"camera_openings"`
	Captures  []TraceCapture      `json:"captures"`
	Findings  []appliance.Finding `json:"findings"`
	Batches   []TraceBatch        `json:"batches"`
	Receipt   *TraceReceipt       `json:"receipt"`
}

// TraceOpening is how the camera was opened.
type TraceOpening struct {
	ID     int64  `json:"id"`
	Opened Opened `json:"opened"`
}

// Opened is what was asked of the camera, what it said it does, and what was measured.
type Opened struct {
	Backend     string           `json:"backend"`
	URL         string           `json:"url"`
	Asked       Settings         `json:"asked"`
	ReadBack    Settings         `json:"read_back"`
	MeasuredFPS float64          `json:"measured_fps"`
	Camera      appliance.Camera `json:"camera"`
	Profile     string           `json:"profile"`
	Controls    []Control        `json:"controls"`
}

// Control is one setting of the camera, as it was asked for and read back.
type Control struct {
	Name     string  `json:"name"`
	Asked    float64 `json:"asked"`
	ReadBack float64 `json:"read_back"`
	OK       bool    `json:"ok"`
}

// Settings are a camera's format.
type Settings struct {
	FourCC string  `json:"fourcc"`
	Width  int     `json:"width"`
	Height int     `json:"height"`
	FPS    float64 `json:"fps"`
}

// TraceCapture is one kept still.
type TraceCapture struct {
	ID            appliance.CaptureID  `json:"id"`
	Attempt       int                  `json:"attempt"`
	Opening       int64                `json:"camera_opening"`
	Camera        appliance.Camera     `json:"camera"`
	Seq           uint64               `json:"seq"`
	Exposed       appliance.Stamp      `json:"exposed"`
	ExposureClock string               `json:"exposure_clock"`
	Pressed       appliance.Stamp      `json:"pressed"`
	SHA256        string               `json:"sha256"`
	Size          int64                `json:"size"`
	Width         int                  `json:"width"`
	Height        int                  `json:"height"`
	Quality       appliance.Verdict    `json:"quality"`
	Overridden    bool                 `json:"overridden"`
	Reference     *appliance.Reference `json:"reference"` // the calibration that it was taken under
	SavedMS       *float64             `json:"saved_ms"`
}

// TraceBatch is one batch that the case travelled in.
type TraceBatch struct {
	Number      uint64     `json:"number"`
	State       string     `json:"state"`
	Digest      string     `json:"digest"`
	OfferedAt   *time.Time `json:"offered_at"`
	CommittedAt *time.Time `json:"committed_at"`
	PartsSent   int        `json:"parts_sent"`
	PartsTotal  int        `json:"parts_total"`
	BytesSent   int64      `json:"bytes_sent"`
	BytesTotal  int64      `json:"bytes_total"`
	Outcome     string     `json:"outcome"`
}

// TraceReceipt is the hub's signed word, which the box verified before it kept it.
type TraceReceipt struct {
	Batch          uint64          `json:"batch"`
	ManifestDigest string          `json:"manifest_digest"`
	Hub            string          `json:"hub"`
	KeyID          string          `json:"key_id"`
	IssuedAt       *time.Time      `json:"issued_at"`
	Envelope       json.RawMessage `json:"envelope"`
}
