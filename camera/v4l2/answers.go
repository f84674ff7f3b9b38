package v4l2

import (
	"bytes"
	"fmt"
	"strings"
	"unsafe"
)

const (
	numberCapability = 0
	numberFormat     = 2
	numberGetControl = 27
	numberControl    = 36
	numberSize       = 74
	numberRate       = 75

	capCapture, capStreaming, capOfNode = 0x1, 0x04000000, 0x80000000

	kindCapture  = 1 // V4L2_BUF_TYPE_VIDEO_CAPTURE
	kindDiscrete = 1 // of sizes and rates; others are ranges

	flagCompressed = 1
	flagDisabled   = 0x1
	flagReadOnly   = 0x4
	flagInactive   = 0x10
	flagNext       = 0x80000000

	typeButton, typeInteger64, typeClass, typeString = 4, 5, 6, 7
)

func (c node) capability() (Description, error) {
	var a capability
	if err := c.ask(numberCapability, unsafe.Sizeof(a), false, unsafe.Pointer(&a)); err != nil {
		return Description{}, fmt.Errorf("%w: %w", errNoCamera, err)
	}
	can := a.all
	if can&capOfNode != 0 {
		can = a.ofThisOne
	}
	if can&capCapture == 0 || can&capStreaming == 0 {
		return Description{}, errNoCamera
	}
	return Description{Driver: text(a.driver[:]), Card: text(a.card[:]), Bus: text(a.bus[:])}, nil
}

// format gives the camera's i-th format; false after the last.
func (c node) format(i uint32) (f Format, code uint32, ok bool) {
	a := fmtdesc{index: i, kind: kindCapture}
	if c.ask(numberFormat, unsafe.Sizeof(a), true, unsafe.Pointer(&a)) != nil {
		return f, 0, false
	}
	four := []byte{byte(a.pixelFormat), byte(a.pixelFormat >> 8), byte(a.pixelFormat >> 16), byte(a.pixelFormat >> 24 & 0x7f)}
	f = Format{FourCC: strings.TrimSpace(text(four)), Title: text(a.description[:]), Compressed: a.flags&flagCompressed != 0}
	return f, a.pixelFormat, true
}

// size gives the i-th size of a format; last when the camera scales freely and this is its largest.
func (c node) size(code, i uint32) (s Size, last, ok bool) {
	a := frmsize{index: i, pixelFormat: code}
	if c.ask(numberSize, unsafe.Sizeof(a), true, unsafe.Pointer(&a)) != nil {
		return s, false, false
	}
	if a.kind == kindDiscrete {
		return Size{Width: int(a.data[0]), Height: int(a.data[1])}, false, true
	}
	return Size{Width: int(a.data[1]), Height: int(a.data[4])}, true, true
}

// rate gives the i-th rate of a size, frames per second; last when it is the fastest of a range.
func (c node) rate(code uint32, s Size, i uint32) (perSecond float64, last, ok bool) {
	a := frmival{index: i, pixelFormat: code, width: uint32(s.Width), height: uint32(s.Height)}
	if c.ask(numberRate, unsafe.Sizeof(a), true, unsafe.Pointer(&a)) != nil || a.data[0] == 0 {
		return 0, false, false
	}
	return float64(a.data[1]) / float64(a.data[0]), a.kind != kindDiscrete, true
}

// control gives the first control after id; its name is "" for one that has no value a profile could ask for.
func (c node) control(id uint32) (next uint32, out Control, ok bool) {
	a := queryctrl{id: id | flagNext}
	if c.ask(numberControl, unsafe.Sizeof(a), true, unsafe.Pointer(&a)) != nil || a.id <= id {
		return 0, out, false
	}
	switch {
	case a.flags&flagDisabled != 0, a.kind == typeButton, a.kind == typeInteger64, a.kind == typeClass, a.kind >= typeString && a.kind < 8:
		return a.id, out, true
	}
	out = Control{
		Name: name(a.id, text(a.name[:])), Title: text(a.name[:]), Min: a.minimum, Max: a.maximum, Step: a.step, Default: a.dflt,
		Inactive: a.flags&flagInactive != 0, ReadOnly: a.flags&flagReadOnly != 0,
	}
	v := value{id: a.id}
	if c.ask(numberGetControl, unsafe.Sizeof(v), true, unsafe.Pointer(&v)) != nil {
		return a.id, Control{}, true
	}
	out.Value = v.value
	return a.id, out, true
}

// names are the controls that a camera profile knows, by their ids in v4l2-controls.h. Drivers word the same control
// differently from kernel to kernel; the id stays.
var names = map[uint32]string{
	0x980900: "brightness", 0x980901: "contrast", 0x980902: "saturation", 0x980903: "hue", 0x98090c: "white_balance_automatic",
	0x980910: "gamma", 0x980913: "gain", 0x98091a: "white_balance_temperature", 0x98091b: "sharpness",
	0x98091c: "backlight_compensation", 0x9a0901: "exposure_auto", 0x9a0902: "exposure_time_absolute",
	0x9a090a: "focus_absolute", 0x9a090c: "focus_automatic_continuous",
}

// name gives a control's name in a profile; for one that a profile does not know, the driver's title in the same form.
func name(id uint32, title string) string {
	if n, ok := names[id]; ok {
		return n
	}
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "_")
}

// text gives a driver's text: up to the first zero, printable ASCII.
func text(raw []byte) string {
	raw, _, _ = bytes.Cut(raw, []byte{0})
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, string(raw))
}
