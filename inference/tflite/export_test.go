package tflite

// RefuseXNNPACK is refuseXNNPACK for the external tests.
func (l *Library) RefuseXNNPACK() { l.refuseXNNPACK() }
