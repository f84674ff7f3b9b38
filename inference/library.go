package inference

// LibraryPins gives the SHA-256, in lower-case hex, of the TensorFlow Lite libraries that dermbox was tested with: those which
// make setup installs, one for each processor (firmware/setup/tflite.sums).
func LibraryPins() []string {
	return []string{
		"fe6884ba79d33230521e18effe111487daad40a4a30c1ffddb8d6701ab4756f3", // x86_64
		"1ddeeba8b6b03173cdb2c052c5927c1803ff39f8a438f7fe9c6c412d4cfb0106", // aarch64
	}
}
