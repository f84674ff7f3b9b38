package wire

import "dermbox/appliance"

// Batch is an unfinished batch of the device's outbox, as its store keeps it for the sync engine.
type Batch struct {
	Number   uint64 // from 1 up within the epoch
	Previous string // digest of the epoch's previous offer, "" for its first
	Envelope []byte // the signed manifest's exact bytes; nil until it was saved, and from then on never made again
	Digest   string // of the manifest; "" until it was saved
	Cases    []BatchCase
}

// BatchCase is one case of a batch: frozen since sign-off.
type BatchCase struct {
	Case *appliance.Case
	JSON []byte // the exact bytes of case.json, fixed at sign-off; nil where they were not kept: they are then made anew
}

// Progress is how much of a batch the hub has acknowledged as durable.
type Progress struct {
	PartsSent, PartsTotal int
	BytesSent, BytesTotal int64
}
