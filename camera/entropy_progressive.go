package camera

import (
	"bytes"
	"fmt"
	"image/jpeg"
)

// Limits on progressive pictures, which no camera is known to send. Decoding takes up to 15 bytes for each pixel, and each
// scan goes through the whole picture.
const (
	maxProgressive = 9_000_000 // pixels
	maxScans       = 64
)

// decodable decodes a progressive picture. What image/jpeg cannot do is refused along with the damage: restart intervals in
// scans of one component, and unusual sampling. What it lets pass, does: bytes left over before a marker.
func decodable(data []byte, f frameHeader, scans int) error {
	if f.width*f.height > maxProgressive || scans > maxScans {
		return fmt.Errorf("progressive picture of %d x %d in %d scans", f.width, f.height, scans)
	}
	_, err := jpeg.Decode(bytes.NewReader(data))
	return err
}
