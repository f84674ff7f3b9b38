package scope

import (
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // the kinds of photographs that can be played
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dermbox/appliance"
	"dermbox/camera"
)

// maxPhotos bounds the folder that is played.
const maxPhotos = 100_000

// listPhotos gives the folder's JPEG and PNG files in the order of their names.
func listPhotos(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, appliance.E(appliance.NotFound, "camera.scope.no_folder", err)
	}
	var photos []string
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		if e.Type().IsRegular() && slices.Contains([]string{".jpg", ".jpeg", ".png"}, ext) {
			photos = append(photos, filepath.Join(dir, e.Name()))
		}
	}
	if len(photos) == 0 || len(photos) > maxPhotos {
		return nil, appliance.E(appliance.NotFound, "camera.scope.no_photos", fmt.Errorf("%d photographs", len(photos)))
	}
	return photos, nil
}

func photoName(path string) string { return filepath.Base(path) }

// loadPhoto reads a photograph and lays its middle square, with its proportions kept, on black: it fills the height, so that the
// square in the middle of a frame is the photograph and nothing else. Bars beside a longer side would be in that square, and no
// model has seen them; what a wide photograph shows at its ends is cut off instead, since a lesion lies in the middle.
func loadPhoto(path string, size image.Point) (*image.RGBA, error) {
	img, err := readPhoto(path)
	if err != nil {
		return nil, appliance.E(appliance.Invalid, "camera.scope.bad_photo", err, "name", photoName(path))
	}
	b := img.Bounds()
	side := min(b.Dx(), b.Dy())
	square := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(square, square.Rect, img, b.Min.Add(image.Pt((b.Dx()-side)/2, (b.Dy()-side)/2)), draw.Src)
	shown := min(size.X, size.Y)
	out := black(size.X, size.Y)
	paste(out, resize(square, shown), (size.X-shown)/2, (size.Y-shown)/2)
	return out, nil
}

func readPhoto(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, _, err := image.DecodeConfig(f)
	if err != nil {
		return nil, err
	}
	if c.Width < 16 || c.Height < 16 || c.Width > camera.MaxPixels/c.Height {
		return nil, fmt.Errorf("impossible size %d x %d", c.Width, c.Height)
	}
	if _, err := f.Seek(0, 0); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(f)
	return img, err
}
