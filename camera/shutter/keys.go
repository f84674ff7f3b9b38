package shutter

import (
	"slices"
	"strings"

	"dermbox/appliance"
)

// keyCodes are the keys and buttons that foot switches and cameras send, by the names of linux/input-event-codes.h.
var keyCodes = map[string]uint16{
	"KEY_ESC": 1, "KEY_BACKSPACE": 14, "KEY_TAB": 15, "KEY_ENTER": 28, "KEY_SPACE": 57, "KEY_KPENTER": 96,
	"KEY_A": 30, "KEY_B": 48, "KEY_C": 46, "KEY_D": 32, "KEY_E": 18, "KEY_F": 33, "KEY_G": 34, "KEY_H": 35, "KEY_I": 23,
	"KEY_J": 36, "KEY_K": 37, "KEY_L": 38, "KEY_M": 50, "KEY_N": 49, "KEY_O": 24, "KEY_P": 25, "KEY_Q": 16, "KEY_R": 19,
	"KEY_S": 31, "KEY_T": 20, "KEY_U": 22, "KEY_V": 47, "KEY_W": 17, "KEY_X": 45, "KEY_Y": 21, "KEY_Z": 44,
	"KEY_1": 2, "KEY_2": 3, "KEY_3": 4, "KEY_4": 5, "KEY_5": 6, "KEY_6": 7, "KEY_7": 8, "KEY_8": 9, "KEY_9": 10, "KEY_0": 11,
	"KEY_F1": 59, "KEY_F2": 60, "KEY_F3": 61, "KEY_F4": 62, "KEY_F5": 63, "KEY_F6": 64, "KEY_F7": 65, "KEY_F8": 66,
	"KEY_F9": 67, "KEY_F10": 68, "KEY_F11": 87, "KEY_F12": 88, "KEY_F13": 183, "KEY_F14": 184, "KEY_F15": 185, "KEY_F16": 186,
	"KEY_F17": 187, "KEY_F18": 188, "KEY_F19": 189, "KEY_F20": 190, "KEY_F21": 191, "KEY_F22": 192, "KEY_F23": 193, "KEY_F24": 194,
	"KEY_HOME": 102, "KEY_UP": 103, "KEY_PAGEUP": 104, "KEY_LEFT": 105, "KEY_RIGHT": 106, "KEY_END": 107, "KEY_DOWN": 108,
	"KEY_PAGEDOWN": 109, "KEY_INSERT": 110, "KEY_DELETE": 111, "KEY_SYSRQ": 99, "KEY_PAUSE": 119,
	"KEY_VOLUMEDOWN": 114, "KEY_VOLUMEUP": 115, "KEY_PLAYPAUSE": 164, "KEY_CAMERA": 212, "KEY_RECORD": 167,
	"KEY_CAMERA_FOCUS": 528, "KEY_ZOOMIN": 418, "KEY_ZOOMOUT": 419,
	"BTN_0": 256, "BTN_1": 257, "BTN_2": 258, "BTN_3": 259, "BTN_4": 260, "BTN_5": 261, "BTN_6": 262, "BTN_7": 263, "BTN_8": 264,
	"BTN_9": 265, "BTN_LEFT": 272, "BTN_RIGHT": 273, "BTN_MIDDLE": 274, "BTN_SIDE": 275, "BTN_EXTRA": 276,
	"BTN_TRIGGER": 288, "BTN_THUMB": 289, "BTN_A": 304, "BTN_B": 305,
}

// DefaultKeys are the keys that count when none are named.
func DefaultKeys() []string { return []string{"KEY_CAMERA", "KEY_F9", "KEY_PAGEDOWN"} }

// KeyCode gives the code of a key by its name.
func KeyCode(name string) (code uint16, ok bool) {
	code, ok = keyCodes[name]
	return code, ok
}

// codes gives the codes of the named keys, and an Invalid error for a name that is not known.
func codes(names []string) (map[uint16]bool, error) {
	if len(names) == 0 {
		names = DefaultKeys()
	}
	found := map[uint16]bool{}
	for _, name := range names {
		code, ok := KeyCode(name)
		if !ok {
			return nil, appliance.FieldError("shutter.keys", "shutter.error.key", "value", name, "known", strings.Join(known(), ", "))
		}
		found[code] = true
	}
	return found, nil
}

func known() []string {
	names := make([]string, 0, len(keyCodes))
	for name := range keyCodes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
