// Package packtest changes packs for tests.
package packtest

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"

	"dermbox/appliance/signed"
	"dermbox/inference/pack"
)

// Change gives a pack signed anew after change had its manifest and its members by name.
func Change(ctx context.Context, raw []byte, signer signed.Signer, change func(m *pack.Manifest, members map[string][]byte)) ([]byte, error) {
	p, err := pack.Inspect(raw)
	if err != nil {
		return nil, err
	}
	members := map[string][]byte{}
	for archive := tar.NewReader(bytes.NewReader(raw)); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if members[header.Name], err = io.ReadAll(archive); err != nil {
			return nil, err
		}
	}
	change(&p.Manifest, members)
	return pack.Sign(ctx, p.Manifest, members, signer)
}
