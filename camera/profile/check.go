package profile

import (
	"fmt"
	"regexp"
	"unicode"

	"dermbox/camera"
	"dermbox/camera/usb"
)

var (
	idForm     = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	fourCCForm = regexp.MustCompile(`^[A-Z0-9]{4}$`)
	opticsForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$|^$`)
)

// maxWord is the longest make or model, in bytes.
const maxWord = 64

func (p *Profile) check() error {
	switch {
	case p.Schema != Schema:
		return fmt.Errorf("schema is not %s", Schema)
	case !idForm.MatchString(p.ID):
		return fmt.Errorf("bad id")
	case p.Version < 1:
		return fmt.Errorf("bad version")
	}
	if err := settings("preview", p.Preview); err != nil {
		return err
	}
	if p.Still != nil {
		if err := settings("still", p.Still.Settings); err != nil {
			return err
		}
		if p.Still.SettleFrames < 1 || p.Still.SettleFrames > 60 {
			return fmt.Errorf("still.settle_frames is not from 1 to 60")
		}
	}
	if err := p.encoding(); err != nil {
		return err
	}
	if p.Match.HTTP {
		return p.http()
	}
	return p.usb()
}

// http refuses what no HTTP camera can be asked for.
func (p *Profile) http() error {
	switch {
	case p.Match.Vendor != "" || p.Match.Product != "":
		return fmt.Errorf("matches both USB and HTTP cameras")
	case p.Camera != nil || p.Clock != "":
		return fmt.Errorf("camera and exposure_clock are an HTTP camera's own to say")
	case p.Still != nil || len(p.Controls) > 0 || p.Preview.FourCC != camera.MJPG:
		return fmt.Errorf("an HTTP camera takes no settings and gives MJPG")
	}
	return nil
}

func (p *Profile) usb() error {
	b, err := usb.ParseBinding(p.Match.Vendor + ":" + p.Match.Product)
	switch {
	case err != nil || b.Vendor != p.Match.Vendor || b.Product != p.Match.Product:
		return fmt.Errorf("match names no USB vendor and product of four hexadecimal digits each")
	case p.Camera == nil:
		return fmt.Errorf("does not say what the camera is")
	case p.Clock != camera.BufferStart && p.Clock != camera.BufferEnd:
		return fmt.Errorf("exposure_clock is not start or end")
	}
	if err := camera.CheckControls(p.Controls); err != nil {
		return err
	}
	return p.Camera.check()
}

// encoding refuses an encode section that nothing needs, and a format that needs one and has none.
func (p *Profile) encoding() error {
	needed := p.Preview.FourCC != camera.MJPG || p.Still != nil && p.Still.FourCC != camera.MJPG
	switch {
	case needed && p.Encode == nil:
		return fmt.Errorf("a format other than MJPG needs encode")
	case !needed && p.Encode != nil:
		return fmt.Errorf("the camera's own JPEGs are never encoded again")
	case needed && (p.Encode.Quality < 1 || p.Encode.Quality > 100):
		return fmt.Errorf("encode.quality is not from 1 to 100")
	}
	return nil
}

func settings(name string, s camera.Settings) error {
	switch {
	case !fourCCForm.MatchString(s.FourCC):
		return fmt.Errorf("%s.fourcc is not four capitals and digits", name)
	case s.Width < 16 || s.Width > 8192 || s.Height < 16 || s.Height > 8192 || s.Width*s.Height > camera.MaxPixels:
		return fmt.Errorf("%s has an impossible size", name)
	case !(s.FPS >= 1 && s.FPS <= 240):
		return fmt.Errorf("%s.fps is not from 1 to 240", name)
	}
	return nil
}

func (o *Optics) check() error {
	switch {
	case !word(o.Make) || !word(o.Model):
		return fmt.Errorf("camera.make or camera.model is empty, long or not plain text")
	case !opticsForm.MatchString(string(o.Optics)):
		return fmt.Errorf("bad camera.optics")
	case !(o.FieldMM >= 0 && o.FieldMM <= 100):
		return fmt.Errorf("camera.field_mm is not from 0 to 100")
	}
	return nil
}

// word says whether the text is short, printable and there.
func word(s string) bool {
	if s == "" || len(s) > maxWord {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
