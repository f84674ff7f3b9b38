package camera

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
	"unicode"

	"dermbox/appliance"
)

// Limits on what an HTTP camera says of itself.
const (
	identityBytes = 64 << 10
	identityWait  = 2 * time.Second
	identityText  = 64 // characters of one field
)

// FetchIdentity asks an HTTP camera what it is: GET /identity on the stream's own host gives an appliance.Camera as JSON.
// It follows no redirect, uses no proxy, waits two seconds at most and reads 64 KiB at most.
func FetchIdentity(ctx context.Context, stream string) (c appliance.Camera, err error) {
	u, err := url.Parse(stream)
	if err != nil {
		return c, fmt.Errorf("camera identity: bad address")
	}
	u.Path, u.RawQuery, u.Fragment = "/identity", "", ""
	ctx, cancel := context.WithTimeout(ctx, identityWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return c, fmt.Errorf("camera identity: bad address")
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return c, fmt.Errorf("camera identity: no answer from %s", Redact(stream))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return c, fmt.Errorf("camera identity: status %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, identityBytes+1))
	if err != nil || len(body) > identityBytes {
		return c, fmt.Errorf("camera identity: unreadable or over %d bytes", identityBytes)
	}
	return parseIdentity(body)
}

func parseIdentity(body []byte) (c appliance.Camera, err error) {
	if err := json.Unmarshal(body, &c); err != nil {
		return appliance.Camera{}, fmt.Errorf("camera identity: %w", err)
	}
	for _, s := range []string{c.Make, c.Model, c.Serial, c.Firmware, string(c.Optics)} {
		if !plain(s) {
			return appliance.Camera{}, fmt.Errorf("camera identity: a field is too long or not plain text")
		}
	}
	if !(c.FieldMM >= 0 && c.FieldMM <= 200) {
		return appliance.Camera{}, fmt.Errorf("camera identity: impossible field")
	}
	return c, nil
}

// plain says whether the text is short and printable.
func plain(s string) bool {
	if len(s) > identityText {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
