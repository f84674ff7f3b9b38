package camera

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Exposure is what a source that has a clock of its own writes into each picture, as a COM segment right after SOI:
//
//	dermbox-exposure/1 seq=42 boottime_ns=123456789 boot=0e84...
//
// It is taken at the start of exposure. A COM segment is not part of ScanHash, so a picture sent again under a new time
// is still known to be old.
type Exposure struct {
	Seq      uint64 // the source's frame number
	Boottime int64  // CLOCK_BOOTTIME, nanoseconds
	Boot     string // id of the boot that Boottime counts from
}

const (
	exposureMagic = "dermbox-exposure/1 "
	exposureMax   = 256 // bytes of the segment's text, more than it ever needs
)

// Insert gives the JPEG with the exposure's segment put right after SOI. It gives jpeg itself back when it has no SOI.
func (e Exposure) Insert(jpeg []byte) []byte {
	if len(jpeg) < 2 || jpeg[0] != 0xff || jpeg[1] != mSOI {
		return jpeg
	}
	text := fmt.Sprintf("%sseq=%d boottime_ns=%d boot=%s", exposureMagic, e.Seq, e.Boottime, e.Boot)
	out := make([]byte, 0, len(jpeg)+4+len(text))
	out = append(out, 0xff, mSOI, 0xff, mCOM)
	out = binary.BigEndian.AppendUint16(out, uint16(len(text)+2))
	out = append(out, text...)
	return append(out, jpeg[2:]...)
}

// ReadExposure reads the segment that Insert writes; ok is false when the JPEG does not begin with a whole one.
func ReadExposure(jpeg []byte) (e Exposure, ok bool) {
	if len(jpeg) < 6 || !bytes.Equal(jpeg[:4], []byte{0xff, mSOI, 0xff, mCOM}) {
		return e, false
	}
	n := int(binary.BigEndian.Uint16(jpeg[4:])) - 2
	if n < 0 || n > exposureMax || len(jpeg) < 6+n {
		return e, false
	}
	text, found := strings.CutPrefix(string(jpeg[6:6+n]), exposureMagic)
	if !found {
		return e, false
	}
	return parseExposure(strings.Split(text, " "))
}

func parseExposure(fields []string) (e Exposure, ok bool) {
	if len(fields) != 3 {
		return e, false
	}
	seq, ok1 := strings.CutPrefix(fields[0], "seq=")
	at, ok2 := strings.CutPrefix(fields[1], "boottime_ns=")
	boot, ok3 := strings.CutPrefix(fields[2], "boot=")
	if !ok1 || !ok2 || !ok3 || boot == "" {
		return e, false
	}
	n, err1 := strconv.ParseUint(seq, 10, 64)
	ns, err2 := strconv.ParseInt(at, 10, 64)
	if err1 != nil || err2 != nil || ns <= 0 {
		return e, false
	}
	return Exposure{Seq: n, Boottime: ns, Boot: boot}, true
}
