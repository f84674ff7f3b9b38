package appliance

// PreviewStatus is how the live picture is watched, for dermboxctl status. Frames are counted since the daemon started.
type PreviewStatus struct {
	Viewers int    `json:"viewers"` // who watch now
	Sent    uint64 `json:"sent"`    // frames that went to a viewer
	Dropped uint64 `json:"dropped"` // frames that a viewer was too slow for
	Stray   uint64 `json:"stray"`   // answers for a frame that was not on its way
	// Watching has the same of each who watches now, the one who came first first.
	Watching []ViewerStatus `json:"watching"`
}

// ViewerStatus is one viewer of the live picture.
type ViewerStatus struct {
	Sent    uint64 `json:"sent"`
	Dropped uint64 `json:"dropped"`
	Stray   uint64 `json:"stray"`
}
