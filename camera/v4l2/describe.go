package v4l2

// Description is what a camera says of itself.
type Description struct {
	Driver   string    `json:"driver"` // of the kernel: "uvcvideo"
	Card     string    `json:"card"`   // the camera's name as the driver gives it
	Bus      string    `json:"bus"`
	Formats  []Format  `json:"formats"`
	Controls []Control `json:"controls"`
}

// Format is one encoding that a camera can send.
type Format struct {
	FourCC     string `json:"fourcc"` // "MJPG", "YUYV"
	Title      string `json:"title"`
	Compressed bool   `json:"compressed"`
	Sizes      []Size `json:"sizes"`
}

// Size is one picture size, pixels, with its rates in frames per second, fastest first. For a camera that scales freely it
// is the largest size.
type Size struct {
	Width  int       `json:"width"`
	Height int       `json:"height"`
	Rates  []float64 `json:"rates"`
}

// Control is one setting of a camera, in the driver's own unit.
type Control struct {
	Name     string `json:"name"`  // as a camera profile calls it, or the driver's name in that form
	Title    string `json:"title"` // the driver's name
	Value    int32  `json:"value"`
	Min      int32  `json:"min"`
	Max      int32  `json:"max"`
	Step     int32  `json:"step"`
	Default  int32  `json:"default"`
	Inactive bool   `json:"inactive,omitempty"` // an automatic switch holds it
	ReadOnly bool   `json:"read_only,omitempty"`
}

// What one camera may list at most; a driver that says more is not believed.
const (
	maxFormats  = 64
	maxSizes    = 256
	maxRates    = 64
	maxControls = 256
)

// Describe asks the camera at a device file such as /dev/video0. The error wraps the system's: os.ErrNotExist, os.ErrPermission,
// or ENOTTY for a file that is no camera.
func Describe(path string) (Description, error) {
	c, err := open(path)
	if err != nil {
		return Description{}, err
	}
	defer c.close()
	d, err := c.capability()
	if err != nil {
		return Description{}, err
	}
	for i := uint32(0); i < maxFormats; i++ {
		f, code, ok := c.format(i)
		if !ok {
			break
		}
		f.Sizes = c.sizes(code)
		d.Formats = append(d.Formats, f)
	}
	d.Controls = c.controls()
	return d, nil
}

func (c node) sizes(code uint32) []Size {
	var list []Size
	for i := uint32(0); i < maxSizes; i++ {
		s, last, ok := c.size(code, i)
		if !ok {
			break
		}
		s.Rates = c.rates(code, s)
		list = append(list, s)
		if last {
			break
		}
	}
	return list
}

func (c node) rates(code uint32, s Size) []float64 {
	var list []float64
	for i := uint32(0); i < maxRates; i++ {
		rate, last, ok := c.rate(code, s, i)
		if !ok {
			break
		}
		list = append(list, rate)
		if last {
			break
		}
	}
	return list
}

func (c node) controls() []Control {
	var list []Control
	for id, i := uint32(0), 0; i < maxControls; i++ {
		next, control, ok := c.control(id)
		if !ok {
			break
		}
		if control.Name != "" {
			list = append(list, control)
		}
		id = next
	}
	return list
}
