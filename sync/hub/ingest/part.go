package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"time"

	"dermbox/appliance"
	"dermbox/sync/hub/answer"
	"dermbox/sync/hub/blobs"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

const (
	buffer       = 64 << 10 // bytes in memory per connection, about as much again for sealing
	progressStep = 16 << 10 // bytes that must arrive within Stall
)

// Offset is where a part stands.
type Offset struct {
	Received int64 // durable bytes
	Size     int64
}

// Upload is one connection that brings bytes of a part.
type Upload struct {
	SHA256      string
	Offset      int64                 // of its first byte
	Size        int64                 // of the part as the device believes, -1 if it did not say
	Body        io.Reader             // read to its end
	SetDeadline func(time.Time) error // of reading Body; from any goroutine
}

// Offset says how much of a part is durable. It ends whichever connection is bringing bytes, so that the answer stays true.
func (s *Service) Offset(ctx context.Context, c Caller, sum string) (Offset, error) {
	key := uploadKey{c.Device, sum}
	hold, err := s.uploads.take(ctx, key, func(time.Time) error { return nil })
	if err != nil {
		return Offset{}, err
	}
	defer s.uploads.release(key, hold)
	part, err := s.Ledger.Part(ctx, c.Device, sum)
	if err != nil {
		return Offset{}, err
	}
	if part.Received == part.Size && !part.Complete() {
		// The hub stopped between the last byte and its verification.
		if err := s.verify(ctx, c, part); startsAnew(err) {
			return Offset{Received: 0, Size: part.Size}, nil
		} else if err != nil {
			return Offset{}, err
		}
	}
	return Offset{Received: part.Received, Size: part.Size}, nil
}

// Append takes one connection's bytes. What arrived is durable when it returns, also when the connection broke or was taken
// over: then the error says so and the offset is the new one all the same.
func (s *Service) Append(ctx context.Context, c Caller, u Upload) (Offset, error) {
	ctx = context.WithoutCancel(ctx) // a client that went away does not stop what it brought from being kept
	key := uploadKey{c.Device, u.SHA256}
	hold, err := s.uploads.take(ctx, key, u.SetDeadline)
	if err != nil {
		return Offset{}, err
	}
	defer s.uploads.release(key, hold)
	part, err := s.Ledger.Part(ctx, c.Device, u.SHA256)
	if err != nil {
		return Offset{}, err
	}
	at := Offset{Received: part.Received, Size: part.Size}
	switch {
	case u.Size >= 0 && u.Size != part.Size:
		return at, appliance.FieldError(wire.HeaderLength, "sync.wire.malformed", "what", "part", "field", wire.HeaderLength)
	case u.Offset != part.Received:
		return at, answer.Refusal(wire.CodeOffset, nil)
	case part.Complete():
		return at, nil
	}
	if part.Received < part.Size {
		if at.Received, err = s.receive(ctx, c, part, u, hold); err != nil {
			return at, err
		}
		if at.Received < part.Size {
			return at, nil
		}
		if part, err = s.Ledger.Part(ctx, c.Device, u.SHA256); err != nil || part.Complete() {
			return at, err
		}
	}
	err = s.verify(ctx, c, part)
	if startsAnew(err) {
		at.Received = 0
	}
	return at, err
}

// receive seals what the connection brings into a file of its own and notes it, and gives the offset that is durable.
func (s *Service) receive(ctx context.Context, c Caller, part ledger.Part, u Upload, hold *upload) (int64, error) {
	want := part.Size - part.Received
	if err := s.Blobs.Require(want); err != nil {
		return part.Received, err
	}
	key, err := s.Ledger.PartKey(part)
	if err != nil {
		return part.Received, err
	}
	file, err := s.Blobs.Create(part.Name(), key)
	if err != nil {
		return part.Received, err
	}
	sum := sha256.New()
	broken := s.copy(file, sum, u.Body, want, hold)
	if fatal, ok := errors.AsType[*unkept](broken); ok {
		return part.Received, errors.Join(fatal.cause, file.Abort())
	}
	if file.Size() == 0 {
		return part.Received, errors.Join(broken, file.Abort())
	}
	whole := part.Received == 0 && file.Size() == part.Size
	if whole && hex.EncodeToString(sum.Sum(nil)) != part.SHA256 {
		return 0, s.discard(ctx, c, part, file.Abort())
	}
	if err := file.Commit(); err != nil {
		return part.Received, err
	}
	segment := ledger.Segment{Name: file.Name(), Start: part.Received, Size: file.Size()}
	if err := s.keep(ctx, part, segment, whole); err != nil {
		return part.Received, err
	}
	return part.Received + file.Size(), broken
}

// keep makes a durable sealed file part of its part.
//
// A part is only ever complete when its digest was computed over the bytes that opening its files gives back: one that came
// on one connection is read back here, for what was hashed as it streamed in was not yet sealed; one of several files is
// read back by verify. So no receipt can stand on a file that the hub cannot open.
func (s *Service) keep(ctx context.Context, part ledger.Part, segment ledger.Segment, whole bool) error {
	if whole {
		read := part
		read.Segments = []ledger.Segment{segment}
		sum, err := s.sum(read)
		if err != nil || sum != part.SHA256 {
			err = errors.Join(err, errors.New("a sealed file does not give back what was put in"))
			return errors.Join(appliance.E(appliance.Internal, "sync.wire.code.internal", err), s.Blobs.Remove(segment.Name))
		}
	}
	err := s.Ledger.Advance(ctx, part, segment, whole)
	if appliance.CodeOf(err) == appliance.Conflict {
		// A definite refusal: no row names the file, nor will one.
		return errors.Join(err, s.Blobs.Remove(segment.Name))
	}
	// After any other error the row may be there all the same, as when the disk failed while the transaction was becoming
	// durable. The file stays; if no row names it, the next sweep sets it aside.
	return err
}

// unkept is a failure after which the file cannot be kept, as opposed to a connection that broke.
type unkept struct{ cause error }

// Error is the cause's.
func (u *unkept) Error() string { return u.cause.Error() }

// copy brings at most want bytes from the body into file and sum. A body that ends early is no error: the device may send
// a part in pieces.
func (s *Service) copy(file io.Writer, sum hash.Hash, body io.Reader, want int64, hold *upload) error {
	b := make([]byte, buffer)
	var got, step int64
	hold.extend(s.Stall)
	for {
		n, err := body.Read(b)
		got += int64(n)
		if step += int64(n); step >= progressStep {
			step = 0
			hold.extend(s.Stall)
		}
		if got > want {
			return &unkept{answer.Refusal(wire.CodeMalformed, errors.New("more bytes than the manifest named"))}
		}
		if _, writeErr := file.Write(b[:n]); writeErr != nil {
			return &unkept{writeErr}
		}
		sum.Write(b[:n])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return answer.Refusal(wire.CodeTakenOver, err)
		}
	}
}

// startsAnew says whether a refusal left the part with no bytes.
func startsAnew(err error) bool {
	e, ok := errors.AsType[*appliance.Error](err)
	return ok && e.Key == answer.Key(wire.CodeHashMismatch)
}

// verify reads a part of several files back from the disk, once all its bytes are there. Bytes of another digest are
// discarded: they would never become right. Bytes that can no longer be read are asked for again.
func (s *Service) verify(ctx context.Context, c Caller, part ledger.Part) error {
	sum, err := s.sum(part)
	if appliance.CodeOf(err) == appliance.Unverified {
		s.Log.ErrorContext(ctx, "a part can no longer be read and is asked for again", "part", part.Name(), "error", err)
		if err := s.Ledger.Lose(ctx, c.Device, part); err != nil {
			return err
		}
		return answer.Refusal(wire.CodeHashMismatch, err)
	}
	if err != nil {
		return err
	}
	if sum == part.SHA256 {
		return s.Ledger.Complete(ctx, part)
	}
	return s.discard(ctx, c, part, nil)
}

func (s *Service) sum(part ledger.Part) (string, error) {
	r, err := s.open(part)
	if err != nil {
		return "", err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, r, make([]byte, buffer)); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func (s *Service) open(part ledger.Part) (io.ReadCloser, error) {
	key, err := s.Ledger.PartKey(part)
	if err != nil {
		return nil, err
	}
	return s.Blobs.Reader(part.Name(), key, files(part)), nil
}

func files(part ledger.Part) []blobs.Segment {
	segments := make([]blobs.Segment, len(part.Segments))
	for i, segment := range part.Segments {
		segments[i] = blobs.Segment(segment)
	}
	return segments
}

// discard forgets the part's bytes and gives the refusal that says so.
func (s *Service) discard(ctx context.Context, c Caller, part ledger.Part, earlier error) error {
	if err := errors.Join(earlier, s.Ledger.Discard(ctx, c.Device, part)); err != nil {
		return err
	}
	names := make([]string, len(part.Segments))
	for i, segment := range part.Segments {
		names[i] = segment.Name
	}
	if err := s.Blobs.Remove(names...); err != nil {
		s.Log.WarnContext(ctx, "discarded files are left for the next sweep to set aside", "error", err)
	}
	return answer.Refusal(wire.CodeHashMismatch, nil)
}
