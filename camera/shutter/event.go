package shutter

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Event is one event of an input device (struct input_event of linux/input.h).
type Event struct {
	Time  int64 // nanoseconds of the clock that the device was told to use (see GrabInput); 0: not a time
	Type  uint16
	Code  uint16
	Value int32 // of a key: 0 released, 1 pressed, 2 repeated
}

// The one type of event and the one value that count here.
const (
	typeKey      = 0x01 // EV_KEY
	valuePressed = 1
)

// A struct input_event is a struct timeval, two unsigned 16-bit numbers and a signed one of 32 bits, in the machine's order.
const (
	wordSize  = int(unsafe.Sizeof(unix.Timeval{}.Sec))
	eventSize = 2*wordSize + 8
)

// ParseEvents reads the whole events at the beginning of b and says how many bytes they are.
func ParseEvents(b []byte) (events []Event, used int) {
	for ; len(b)-used >= eventSize; used += eventSize {
		e := b[used : used+eventSize]
		rest := e[2*wordSize:]
		events = append(events, Event{
			Time: nanoseconds(word(e), word(e[wordSize:])),
			Type: binary.NativeEndian.Uint16(rest), Code: binary.NativeEndian.Uint16(rest[2:]),
			Value: int32(binary.NativeEndian.Uint32(rest[4:])),
		})
	}
	return events, used
}

// Append gives the event's bytes after b, as a device would send them.
func (e Event) Append(b []byte) []byte {
	b = appendWord(b, e.Time/1_000_000_000)
	b = appendWord(b, e.Time%1_000_000_000/1000)
	b = binary.NativeEndian.AppendUint16(b, e.Type)
	b = binary.NativeEndian.AppendUint16(b, e.Code)
	return binary.NativeEndian.AppendUint32(b, uint32(e.Value))
}

// nanoseconds joins seconds and microseconds, if they can be a time.
func nanoseconds(s, us int64) int64 {
	if s < 0 || s > 1<<32 || us < 0 || us >= 1_000_000 {
		return 0
	}
	return s*1_000_000_000 + us*1000
}

func word(b []byte) int64 {
	if wordSize == 4 {
		return int64(int32(binary.NativeEndian.Uint32(b)))
	}
	return int64(binary.NativeEndian.Uint64(b))
}

func appendWord(b []byte, v int64) []byte {
	if wordSize == 4 {
		return binary.NativeEndian.AppendUint32(b, uint32(v))
	}
	return binary.NativeEndian.AppendUint64(b, uint64(v))
}
