package main

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/firmware/keyring"
)

func (t *tool) keyCommand() *cobra.Command {
	return group("key", "key", t.keyGenerateCommand(), t.keyListCommand(), t.keyTrustCommand())
}

func (t *tool) keyGenerateCommand() *cobra.Command {
	var out string
	cmd := t.leaf("generate --out FILE", "key.generate", cobra.NoArgs, func(*cobra.Command, []string) error {
		path := strings.TrimSuffix(strings.TrimSuffix(out, ".pem"), ".key") + ".pub"
		id, err := generateKey(out, path)
		if err != nil {
			return err
		}
		t.say("ctl.key.generated", "key", id, "private", out, "public", path)
		return nil
	})
	cmd.Flags().StringVar(&out, "out", "", text.T("ctl.flag.key_out", nil))
	must(cmd.MarkFlagRequired("out"))
	return cmd
}

// generateKey makes a pair of keys in two new files, and gives its id. It replaces neither: another's public key would be lost, and
// with it the way to check what that key signed.
func generateKey(private, public string) (id string, err error) {
	if err := errors.Join(target(private), target(public)); err != nil {
		return "", err
	}
	if _, err := os.Lstat(public); !errors.Is(err, fs.ErrNotExist) {
		return "", appliance.E(appliance.Conflict, "keys.exists", err, "path", public)
	}
	key, err := keyring.GenerateEd25519()
	if err != nil {
		return "", err
	}
	raw, err := keyring.MarshalPublic(key.Public())
	if err != nil {
		return "", err
	}
	if err := keyring.SavePrivate(private, key); err != nil {
		return "", unwritten(private, err)
	}
	if err := durable.WriteFile(public, raw, 0o644); err != nil { // a private key alone is of no use
		return "", unwritten(public, errors.Join(err, os.Remove(private)))
	}
	return signed.KeyID(key.Public()), nil
}

// listedKey is a key of the ring as "key list --json" shows it.
type listedKey struct {
	Role keyring.Role `json:"role"`
	Name string       `json:"name"`
	ID   string       `json:"id"`
}

func (t *tool) keyListCommand() *cobra.Command {
	var dir string
	cmd := t.reading("list", "key.list", cobra.NoArgs, func(*cobra.Command, []string) error {
		ring, _, err := t.ring(dir)
		if err != nil {
			return err
		}
		list := []listedKey{}
		rows := [][]string{headings("role", "name", "key")}
		for _, k := range ring.Keys() {
			list = append(list, listedKey{k.Role, k.Name, k.ID})
			rows = append(rows, []string{string(k.Role), k.Name, k.ID})
		}
		return t.show(list, func() { t.table(rows) })
	})
	cmd.Flags().StringVar(&dir, "keyring", "", text.T("ctl.flag.keyring", nil))
	return cmd
}

func (t *tool) keyTrustCommand() *cobra.Command {
	var name string
	cmd := t.leaf("trust ROLE FILE --name NAME", "key.trust", cobra.ExactArgs(2), func(_ *cobra.Command, args []string) error {
		role := keyring.Role(args[0])
		if role == keyring.RoleHub || !slices.Contains(keyring.Roles(), role) {
			return appliance.FieldError("role", "ctl.key.role", "role", args[0])
		}
		c, err := t.settings()
		if err != nil {
			return err
		}
		raw, err := t.readFile(args[1], 64<<10)
		if err != nil {
			return err
		}
		public, err := keyring.ParsePublic(raw)
		if err != nil {
			return err
		}
		if demo, err := keyring.IsDemo(public); err != nil || demo && c.IsLive() {
			return appliance.E(appliance.Forbidden, "ctl.key.demo", err)
		}
		if err := keyring.Save(c.KeyringDir, role, name, public); err != nil {
			return err
		}
		t.say("ctl.key.trusted", "key", signed.KeyID(public), "role", string(role), "name", name)
		return nil
	})
	cmd.Flags().StringVar(&name, "name", "", text.T("ctl.flag.key_name", nil))
	must(cmd.MarkFlagRequired("name"))
	return cmd
}
