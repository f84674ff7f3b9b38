package text

// Mark says that a model of this status is not for clinical use: the one sentence that every page, print and export shows. "" stands for
// an approved model or none, and has no mark. A status that nobody knows has one.
func Mark(status string) string {
	switch status {
	case "", "approved":
		return ""
	}
	if key := "model.mark." + status; Has(key) {
		return T(key, nil)
	}
	return T("model.mark.unknown", nil)
}
