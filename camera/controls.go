package camera

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"dermbox/appliance"
)

// Control is one setting of a camera that a profile asks for, by its name in V4L2.
type Control struct {
	Name      string  `json:"name"`                // one of ControlNames
	Value     float64 `json:"value"`               // whole, in the driver's own unit: exposure_time_absolute counts 100 microseconds
	Tolerance float64 `json:"tolerance,omitempty"` // how far the read-back may be from Value
}

// ControlReading is a setting as it was asked for and as the camera says that it is.
type ControlReading struct {
	Name     string  `json:"name"`
	Asked    float64 `json:"asked"`
	ReadBack float64 `json:"read_back"`
	OK       bool    `json:"ok"` // within the tolerance
}

// Read compares what the camera says with what was asked.
func (c Control) Read(got float64) ControlReading {
	return ControlReading{Name: c.Name, Asked: c.Value, ReadBack: got, OK: math.Abs(got-c.Value) <= c.Tolerance}
}

// Differing gives the readings that are not as asked.
func Differing(readings []ControlReading) []ControlReading {
	var list []ControlReading
	for _, r := range readings {
		if !r.OK {
			list = append(list, r)
		}
	}
	return list
}

// ControlNames lists the settings that a profile may ask for.
func ControlNames() []string {
	return []string{
		"exposure_auto", "exposure_time_absolute", "white_balance_automatic", "white_balance_temperature", "gain",
		"focus_automatic_continuous", "focus_absolute", "brightness", "contrast", "saturation", "hue", "gamma", "sharpness",
		"backlight_compensation",
	}
}

// frees names the value that an automatic switch holds: a driver refuses or overwrites the value while the switch is on, so
// that the switch must be set first. A camera may have the value without the switch.
var frees = map[string]string{
	"exposure_auto": "exposure_time_absolute", "white_balance_automatic": "white_balance_temperature",
	"focus_automatic_continuous": "focus_absolute",
}

// Unreadable is what OpenCV gives for a control that the camera does not have. No profile may ask for it, or its absence
// would look like success.
const Unreadable = -1

// CheckControls gives an Invalid error "camera.error.bad_control" of the first control that cannot be: unknown, asked for
// twice, not a whole number, or before the switch that frees it.
func CheckControls(controls []Control) error {
	seen := map[string]bool{}
	for _, c := range controls {
		if err := c.check(seen); err != nil {
			return appliance.E(appliance.Invalid, "camera.error.bad_control", err)
		}
		seen[c.Name] = true
	}
	return nil
}

func (c Control) check(before map[string]bool) error {
	switch {
	case !slices.Contains(ControlNames(), c.Name):
		return fmt.Errorf("unknown control")
	case before[c.Name]:
		return fmt.Errorf("control %s stands twice", c.Name)
	case c.Value != math.Trunc(c.Value) || math.Abs(c.Value) > math.MaxInt32:
		return fmt.Errorf("value of %s is not a whole number of 32 bits", c.Name)
	case !(c.Tolerance >= 0 && c.Tolerance <= math.MaxInt32):
		return fmt.Errorf("tolerance of %s is not a number from 0", c.Name)
	case c.Read(Unreadable).OK:
		return fmt.Errorf("%s allows -1, which a camera without it would give", c.Name)
	case before[frees[c.Name]]:
		return fmt.Errorf("%s stands before %s, which frees it", frees[c.Name], c.Name)
	}
	return nil
}

// SettingsError refuses a still that may have been taken with other settings than the profile's.
func SettingsError(r ControlReading) error {
	return appliance.E(appliance.Unavailable, "camera.error.settings", nil, r.params()...)
}

// params are the placeholders of sentences about a setting.
func (r ControlReading) params() []string {
	return []string{"setting", r.Name, "asked", figure(r.Asked), "got", figure(r.ReadBack)}
}

func figure(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
