package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"dermbox/appliance"
)

// Event is one thing that happened.
type Event struct {
	At       appliance.Stamp
	Actor    string            // operator id, or the part of the box that acted
	Action   string            // for example "capture.keep"
	Object   string            // id of the case, batch or member of staff it was done to, "" for the box
	Outcome  string            // "ok" or an error's code
	Reason   string            // a code, rule id or catalogue key; never typed text
	Versions map[string]string // what was in force: model, rules, profile, software
}

// word is the form of everything in an event that is not a time: ids, codes and keys. Typed text does not fit, which keeps
// patients' words out of the trail.
var word = regexp.MustCompile(`^[A-Za-z0-9_.:/@+-]{0,128}$`)

func (e Event) check() error {
	if e.Action == "" || e.Actor == "" {
		return appliance.E(appliance.Internal, "error.internal", fmt.Errorf("audit event without action or actor"))
	}
	for name, value := range map[string]string{
		"actor": e.Actor, "action": e.Action, "object": e.Object, "outcome": e.Outcome, "reason": e.Reason,
	} {
		if !word.MatchString(value) {
			return appliance.E(appliance.Internal, "error.internal", fmt.Errorf("audit event: %s is not an id, code or key", name))
		}
	}
	return nil
}

// row is an event as it lies in the table.
type row struct {
	seq      int64
	previous []byte
	hash     []byte
	wall     string // RFC 3339 with nanoseconds, UTC
	mono     int64
	boot     string
	quality  string
	actor    string
	action   string
	object   string
	outcome  string
	reason   string
	versions string // JSON object, keys sorted
}

func newRow(seq int64, previous []byte, e Event) (row, error) {
	versions := e.Versions
	if versions == nil {
		versions = map[string]string{}
	}
	raw, err := json.Marshal(versions)
	if err != nil {
		return row{}, fmt.Errorf("encode versions: %w", err)
	}
	r := row{
		seq: seq, previous: previous, wall: e.At.Wall.UTC().Format(time.RFC3339Nano), mono: e.At.Mono, boot: e.At.Boot,
		quality: string(e.At.Quality), actor: e.Actor, action: e.Action, object: e.Object, outcome: e.Outcome,
		reason: e.Reason, versions: string(raw),
	}
	r.hash = r.sum()
	return r, nil
}

// sum hashes the row's canonical form: a domain line, the previous hash, the sequence number and every field with its
// length in front.
func (r row) sum() []byte {
	b := []byte("dermbox.audit/1\n")
	b = appendField(b, r.previous)
	b = binary.BigEndian.AppendUint64(b, uint64(r.seq))
	b = binary.BigEndian.AppendUint64(b, uint64(r.mono))
	for _, s := range []string{r.wall, r.boot, r.quality, r.actor, r.action, r.object, r.outcome, r.reason, r.versions} {
		b = appendField(b, []byte(s))
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

func appendField(b, field []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(field)))
	return append(b, field...)
}

func (r row) event() Event {
	wall, _ := time.Parse(time.RFC3339Nano, r.wall) // the zero time for a damaged row, which Verify names
	e := Event{
		At:    appliance.Stamp{Wall: wall, Mono: r.mono, Boot: r.boot, Quality: appliance.ClockQuality(r.quality)},
		Actor: r.actor, Action: r.action, Object: r.object, Outcome: r.outcome, Reason: r.reason,
	}
	_ = json.Unmarshal([]byte(r.versions), &e.Versions) // nil for a damaged row, which Verify names
	return e
}
