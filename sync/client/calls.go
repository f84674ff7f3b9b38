package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"dermbox/sync/wire"
)

// Offer shows the hub a signed manifest and learns what it lacks. It may be repeated.
func (c *Client) Offer(ctx context.Context, urgent bool, envelope []byte) (wire.OfferAnswer, error) {
	raw, err := wire.EncodeOffer(envelope)
	if err != nil {
		return wire.OfferAnswer{}, err
	}
	_, body, err := c.do(ctx, request{
		method: http.MethodPost, path: wire.PathBatches, urgent: urgent, limit: exchange,
		body: bytes.NewReader(raw), length: int64(len(raw)), header: http.Header{"Content-Type": {wire.MediaCase}},
	})
	if err != nil {
		return wire.OfferAnswer{}, err
	}
	answer, err := wire.DecodeOfferAnswer(body)
	if err != nil {
		return wire.OfferAnswer{}, badAnswer(err)
	}
	return answer, nil
}

// PartOffset asks how many bytes of a part are durable at the hub. It may be repeated.
func (c *Client) PartOffset(ctx context.Context, urgent bool, p wire.Part) (int64, error) {
	header, _, err := c.do(ctx, request{method: http.MethodHead, path: wire.PathParts + p.SHA256, urgent: urgent, limit: exchange})
	if err != nil {
		return 0, err
	}
	return offsetOf(header, p)
}

// SendPart sends the rest of a part, from offset on, and gives the offset that the hub has made durable. Body holds exactly
// the part's bytes from offset to its end. After any error ask PartOffset where to go on.
func (c *Client) SendPart(ctx context.Context, urgent bool, p wire.Part, offset int64, body io.Reader) (int64, error) {
	header, _, err := c.do(ctx, request{
		method: http.MethodPatch, path: wire.PathParts + p.SHA256, urgent: urgent,
		body: body, length: p.Size - offset,
		header: http.Header{
			"Content-Type":    {wire.PartMedia},
			wire.HeaderOffset: {strconv.FormatInt(offset, 10)},
			wire.HeaderLength: {strconv.FormatInt(p.Size, 10)},
		},
	})
	if err != nil {
		return 0, err
	}
	return offsetOf(header, p)
}

func offsetOf(header http.Header, p wire.Part) (int64, error) {
	offset, err := strconv.ParseInt(header.Get(wire.HeaderOffset), 10, 64)
	if err != nil || offset < 0 || offset > p.Size {
		return 0, badAnswer(fmt.Errorf("%s is not an offset of this part", wire.HeaderOffset))
	}
	return offset, nil
}

// Commit asks the hub to take the batch over and gives its receipt's envelope, unverified. It may be repeated.
func (c *Client) Commit(ctx context.Context, urgent bool, digest string) ([]byte, error) {
	_, body, err := c.do(ctx, request{
		method: http.MethodPost, path: wire.CommitPath(digest), urgent: urgent, limit: exchange,
	})
	if err != nil {
		return nil, err
	}
	answer, err := wire.DecodeCommitAnswer(body)
	if err != nil {
		return nil, badAnswer(err)
	}
	return answer.Receipt, nil
}

// Reconcile gives a page of what the hub holds of this device; after is "" or the last page's Next.
func (c *Client) Reconcile(ctx context.Context, after string) (wire.ReconcileAnswer, error) {
	_, body, err := c.do(ctx, request{
		method: http.MethodGet, path: wire.PathReconcile + "?" + url.Values{"after": {after}}.Encode(), limit: exchange,
	})
	if err != nil {
		return wire.ReconcileAnswer{}, err
	}
	answer, err := wire.DecodeReconcile(body)
	if err != nil {
		return wire.ReconcileAnswer{}, badAnswer(err)
	}
	return answer, nil
}

// Time gives the hub's signed word on the time, unverified; nonce must satisfy wire.ValidNonce.
func (c *Client) Time(ctx context.Context, nonce string) ([]byte, error) {
	_, body, err := c.do(ctx, request{
		method: http.MethodGet, path: wire.PathTime + "?" + url.Values{"nonce": {nonce}}.Encode(), limit: exchange,
	})
	if err != nil {
		return nil, err
	}
	answer, err := wire.DecodeTimeAnswer(body)
	if err != nil {
		return nil, badAnswer(err)
	}
	return answer.Envelope, nil
}
