package main

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/signed"
	"dermbox/inference/pack"
)

func packCommand() *cobra.Command {
	var dir, key, out string
	c := &cobra.Command{
		Use:    "pack --dir DIR --key KEY.pem --out FILE.dermpack",
		Short:  "Make a signed model pack of a folder",
		Hidden: true, Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command) error {
			private, err := readKey(key)
			if err != nil {
				return err
			}
			raw, err := pack.Build(cmd.Context(), dir, signed.NewSigner(private))
			if err != nil {
				return err
			}
			if err := durable.WriteFile(out, raw, 0o644); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s %d bytes, signed by %s\n", out, len(raw), signed.KeyID(private.Public()))
			return nil
		}),
	}
	c.Flags().StringVar(&dir, "dir", "", "folder with manifest.json, model.tflite, card.md, golden.json, golden.bin and, for the method feature_residual, features.bin")
	c.Flags().StringVar(&key, "key", "", "private key, PEM PKCS #8")
	c.Flags().StringVar(&out, "out", "", "the pack")
	require(c, "dir", "key", "out")
	return c
}

// readKey reads a private key; errors carry nothing of the file.
func readKey(path string) (crypto.Signer, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, appliance.E(appliance.NotFound, "inference.key", err, "path", path)
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, appliance.E(appliance.Invalid, "inference.key", nil, "path", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok || signed.KeyID(signer.Public()) == "" {
		return nil, appliance.E(appliance.Invalid, "inference.key", nil, "path", path)
	}
	return signer, nil
}
