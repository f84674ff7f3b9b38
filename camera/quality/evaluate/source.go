package evaluate

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
	"dermbox/camera/scope"
)

// Gate measures stills and finds lesions in them. *quality.Client is one; it must allow calls at once.
type Gate interface {
	Metrics(ctx context.Context, jpeg []byte, part quality.Part) (quality.Metrics, error)
	Lesion(ctx context.Context, jpeg []byte) (quality.Mask, []byte, error)
}

// The groups that figures are given for apart.
const (
	Photographs = "photographs"
	Light       = "light" // drawings of Fitzpatrick types 1 and 2
	Dark        = "dark"  // of types 5 and 6
)

// Source is a good picture that is to be spoilt.
type Source struct {
	Name     string // a file's name in its folder, or a drawing's
	Group    string
	Excluded bool // by the list of photographs that are not good
	Open     func() (Original, error)
}

// Original is a good picture, opened.
type Original struct {
	JPEG    []byte
	Picture degrade.Picture               // its field and, for a photograph, its lesion are the gate's to find
	Skin    *degrade.Picture              // the same skin without a lesion, where it is known; nil: it is made
	Sensor  func(*image.RGBA) *image.RGBA // what the camera adds after a fault of the optics; nil: nothing, it is in the pixels
}

// Photograph is a source of a JPEG file's bytes.
func Photograph(name string, excluded bool, read func() ([]byte, error)) Source {
	return Source{Name: name, Group: Photographs, Excluded: excluded, Open: func() (Original, error) {
		raw, err := read()
		if err != nil {
			return Original{}, err
		}
		p, err := decode(raw)
		return Original{JPEG: raw, Picture: p}, err
	}}
}

// decode reads a JPEG whose size is looked at first. The error is Invalid "camera.error.damaged".
func decode(raw []byte) (degrade.Picture, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(raw))
	if err == nil && (len(raw) > camera.MaxJPEG || c.Width*c.Height > camera.MaxPixels) {
		err = fmt.Errorf("%d bytes of %d by %d pixels are too many", len(raw), c.Width, c.Height)
	}
	if err != nil {
		return degrade.Picture{}, appliance.E(appliance.Invalid, "camera.error.damaged", err)
	}
	img, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		return degrade.Picture{}, appliance.E(appliance.Invalid, "camera.error.damaged", err)
	}
	return degrade.FromImage(img), nil
}

// Drawing is a source of the simulated dermatoscope: the fault comes before the sensor's noise, as it does in a camera, and the lesion is
// known.
func Drawing(s scope.Subject) Source {
	group := Light
	if s.Tone > 3 {
		group = Dark
	}
	return Source{Name: fmt.Sprintf("%s-%d-%d", s.Kind, s.Tone, s.Seed), Group: group, Open: func() (Original, error) {
		img, lesion := scope.Outlined(s, scope.Width, scope.Height)
		p, bare := degrade.FromImage(img), s
		p.Lesion, bare.Kind = lesion, scope.Empty
		skin := degrade.FromImage(scope.Draw(bare, scope.Width, scope.Height))
		sensor := func(img *image.RGBA) *image.RGBA { return scope.Expose(s, img) }
		raw, err := degrade.EncodeImage(sensor(img), scope.Quality)
		return Original{JPEG: raw, Picture: p, Skin: &skin, Sensor: sensor}, err
	}}
}

// Drawings gives so many drawings of each group, one kind of lesion after the other, half of either skin type of a group, none with hair or a
// ruler: they are the good pictures.
func Drawings(each int) (list []Source) {
	kinds := scope.Lesions()
	for i := range each {
		for _, tones := range [][2]int{{1, 2}, {5, 6}} {
			list = append(list, Drawing(scope.Subject{Kind: kinds[i%len(kinds)], Tone: tones[i/len(kinds)%2], Seed: int64(7000 + i)}))
		}
	}
	return list
}

// complete finds what the picture does not say of itself: the field, and the lesion of a photograph.
func (o *Original) complete(ctx context.Context, g Gate) error {
	m, err := g.Metrics(ctx, o.JPEG, quality.Whole)
	if err != nil {
		return err
	}
	if m.Width != o.Picture.Width || m.Height != o.Picture.Height {
		return appliance.E(appliance.Invalid, "camera.error.damaged", fmt.Errorf("the picture is turned or cut by its own header"))
	}
	o.Picture.Field = m.Field
	if o.Skin != nil {
		o.Skin.Field = m.Field
	}
	if o.Picture.Lesion != nil {
		return nil
	}
	mask, pixels, err := g.Lesion(ctx, o.JPEG)
	if err != nil {
		return err
	}
	o.Picture.Lesion = enlarge(mask, pixels, m.Width, m.Height)
	return nil
}

// enlarge gives a reduced mask at the picture's size.
func enlarge(m quality.Mask, pixels []byte, width, height int) []bool {
	out := make([]bool, width*height)
	for i := range out {
		x := min(m.Width-1, int((float64(i%width)+0.5)*m.Scale))
		y := min(m.Height-1, int((float64(i/width)+0.5)*m.Scale))
		out[i] = pixels[y*m.Width+x] != 0
	}
	return out
}
