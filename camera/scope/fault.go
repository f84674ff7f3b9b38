package scope

import (
	"image"
	"math"
	"slices"

	"dermbox/appliance"
)

// Fault is a way in which the simulated dermatoscope fails.
type Fault string

// The faults: first those of the picture, then those of the camera.
const (
	FaultNone    Fault = "none"
	FaultBlur    Fault = "blur"    // out of focus
	FaultGlare   Fault = "glare"   // the lamp mirrored in the gel
	FaultDarken  Fault = "darken"  // the lamp is off
	FaultSmall   Fault = "small"   // the field is small in the picture
	FaultCast    Fault = "cast"    // a lamp too warm: what three gains can mend
	FaultMixed   Fault = "mixed"   // the camera's colours run into one another: what no gains can mend
	FaultFreeze  Fault = "freeze"  // the same frame again and again, to the bit
	FaultStall   Fault = "stall"   // the connection stays and falls silent
	FaultDrop    Fault = "drop"    // connections are cut
	FaultCorrupt Fault = "corrupt" // JPEGs end halfway
	FaultSize    Fault = "size"    // frames of 1280 x 720
	FaultReplay  Fault = "replay"  // the frames of before again, each under a new number and time
)

// Faults lists all faults.
func Faults() []Fault {
	return []Fault{FaultNone, FaultBlur, FaultGlare, FaultDarken, FaultSmall, FaultCast, FaultMixed, FaultFreeze, FaultStall,
		FaultDrop, FaultCorrupt, FaultSize, FaultReplay}
}

// Check gives an Invalid error for a fault that does not exist.
func (f Fault) Check() error {
	if slices.Contains(Faults(), f) {
		return nil
	}
	return appliance.FieldError("fault", "camera.scope.bad_fault")
}

// ofPicture says whether the fault changes what frames show.
func (f Fault) ofPicture() bool {
	return slices.Contains([]Fault{FaultBlur, FaultGlare, FaultDarken, FaultSmall, FaultCast, FaultMixed, FaultSize}, f)
}

// spoil gives the scene as the fault shows it; faults of the camera leave it as it is.
func (f Fault) spoil(img *image.RGBA) *image.RGBA {
	switch f {
	case FaultBlur:
		return blur(img, img.Rect.Dy()/135)
	case FaultGlare:
		return glare(img)
	case FaultDarken:
		return shade(img, 0.12)
	case FaultSmall:
		return shrink(img)
	case FaultCast:
		return recolour(img, warm)
	case FaultMixed:
		return recolour(img, mixed)
	case FaultSize:
		return scale(img, img.Rect, img.Rect.Dx()*2/3, img.Rect.Dy()*2/3)
	}
	return img
}

// shade dims every pixel to a share of its light.
func shade(img *image.RGBA, share float64) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for i, v := range img.Pix {
		if i%4 == 3 {
			out.Pix[i] = 255
			continue
		}
		out.Pix[i] = byte(float64(v)*share + 3)
	}
	return out
}

// glare lays two mirrored lamps over the middle of the field.
func glare(img *image.RGBA) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	copy(out.Pix, img.Pix)
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	lamps := [][3]float64{{w/2 - h*0.13, h * 0.42, h * 0.13}, {w/2 + h*0.16, h * 0.57, h * 0.10}}
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			light := 0.0
			for _, l := range lamps {
				light += 1.6 * math.Exp(-math.Pow(math.Hypot(float64(x)-l[0], float64(y)-l[1])/l[2], 4))
			}
			if light < 0.01 {
				continue
			}
			for i := out.PixOffset(x, y); i < out.PixOffset(x, y)+3; i++ {
				out.Pix[i] = byte(min(255, float64(out.Pix[i])+255*light))
			}
		}
	}
	return out
}

// shrink shows the scene at half its size in the middle of the dark.
func shrink(img *image.RGBA) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := black(w, h)
	paste(out, scale(img, img.Rect, w/2, h/2), w/4, h/4)
	return out
}
