package camera

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

func nanoseconds(n int64) time.Duration { return time.Duration(n) }

// remembered is how many frames back a repeat is noticed: ten minutes at thirty a second.
const remembered = 18_000

// recent remembers the latest frames by their scan hash.
type recent struct {
	ring [][sha256.Size]byte
	next int
	set  map[[sha256.Size]byte]struct{}
}

func newRecent() *recent { return &recent{set: map[[sha256.Size]byte]struct{}{}} }

// seen says whether the hash was there before, and remembers it.
func (r *recent) seen(sum string) bool {
	var key [sha256.Size]byte
	if n, err := hex.Decode(key[:], []byte(sum)); err != nil || n != len(key) {
		return false
	}
	if _, ok := r.set[key]; ok {
		return true
	}
	if len(r.ring) < remembered {
		r.ring = append(r.ring, key)
	} else {
		delete(r.set, r.ring[r.next])
		r.ring[r.next] = key
		r.next = (r.next + 1) % remembered
	}
	r.set[key] = struct{}{}
	return false
}

// rate measures frames per second over the latest frames.
type rate struct{ marks []mark }

type mark struct {
	count uint64
	at    int64 // nanoseconds
}

const (
	rateFrames = 90 // measured over so many
	rateFirst  = 10 // and not before so many
)

// add takes a frame's number and time of arrival; a number that does not rise starts afresh.
func (r *rate) add(count uint64, at int64) {
	if n := len(r.marks); n > 0 && (count <= r.marks[n-1].count || at <= r.marks[n-1].at) {
		r.marks = r.marks[:0]
	}
	if len(r.marks) == rateFrames {
		copy(r.marks, r.marks[1:])
		r.marks = r.marks[:rateFrames-1]
	}
	r.marks = append(r.marks, mark{count, at})
}

// perSecond gives the rate, 0 when too few frames have come.
func (r *rate) perSecond() float64 {
	if len(r.marks) < rateFirst {
		return 0
	}
	a, b := r.marks[0], r.marks[len(r.marks)-1]
	return float64(b.count-a.count) / (float64(b.at-a.at) / 1e9)
}
