package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/sync/hub/enrol"
	"dermbox/sync/hub/people"
	"dermbox/sync/hub/server"
)

func (t *tool) initCommand() *cobra.Command {
	var escrowOut, username, name, passwordFile string
	cmd := t.leaf("init", "init", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		password, made, err := passwordFrom(passwordFile)
		if err != nil {
			return err
		}
		admin := people.Person{Username: username, Name: name, Role: people.RoleAdmin}
		h, err := server.Create(cmd.Context(), t.server(c), enrol.Facts{Trust: c.Trust, Name: c.Name}, escrowOut, admin, password)
		if err != nil {
			return err
		}
		t.say("hubctl.init.done", "dir", c.DataDir, "trust", c.Trust, "fingerprint", h.Authority.Fingerprint())
		t.say("hubctl.init.escrow", "path", escrowOut)
		if made {
			t.say("hubctl.user.password_once", "user", username, "password", password)
		}
		_, err = h.Authority.ServerCertificate(h.Hosts, h.Log) // after the password, which could not be shown again; serve makes it too
		return errors.Join(err, h.Close())
	})
	f := cmd.Flags()
	f.StringVar(&escrowOut, "escrow-out", "", text.T("hubctl.flag.escrow-out", nil))
	f.StringVar(&username, "admin-username", "admin", text.T("hubctl.flag.admin-username", nil))
	f.StringVar(&name, "admin-name", "Administrator", text.T("hubctl.flag.full-name", nil))
	f.StringVar(&passwordFile, "admin-password-file", "", text.T("hubctl.flag.password-file", nil))
	must(cmd.MarkFlagRequired("escrow-out"))
	return cmd
}

// must is for faults of the program itself, which no user can cause.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// passwordFrom reads a password from the first and only line of a file, or makes one when no file is named.
func passwordFrom(path string) (password string, made bool, err error) {
	if path == "" {
		return people.Generate(), true, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", false, passwordFileError(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return "", false, passwordFileError(err)
	}
	line := strings.TrimRight(string(b), "\r\n")
	if strings.ContainsAny(line, "\r\n") {
		return "", false, passwordFileError(fmt.Errorf("more than one line"))
	}
	return line, false, nil
}

func passwordFileError(cause error) error {
	return appliance.E(appliance.Invalid, "hubctl.init.password_file", cause)
}

func (t *tool) userAddCommand() *cobra.Command {
	var name, role, passwordFile string
	cmd := t.leaf("add USERNAME", "user.add", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		password, made, err := passwordFrom(passwordFile)
		if err != nil {
			return err
		}
		return t.withHub(cmd.Context(), server.OpenBeside, func(ctx context.Context, h *server.Hub) error {
			if err := h.People.Add(ctx, people.Person{Username: args[0], Name: name, Role: role}, password); err != nil {
				return err
			}
			t.say("hubctl.user.added", "user", args[0])
			if made {
				t.say("hubctl.user.password_once", "user", args[0], "password", password)
			}
			return nil
		})
	})
	f := cmd.Flags()
	f.StringVar(&name, "full-name", "", text.T("hubctl.flag.full-name", nil))
	f.StringVar(&role, "role", people.RoleClinician, text.T("hubctl.flag.role", nil))
	f.StringVar(&passwordFile, "password-file", "", text.T("hubctl.flag.password-file", nil))
	must(cmd.MarkFlagRequired("full-name"))
	return cmd
}

func (t *tool) userListCommand() *cobra.Command {
	return t.reading("list", "user.list", cobra.NoArgs, func(ctx context.Context, h *server.Hub, _ []string) error {
		all, err := h.Ledger.Accounts(ctx, h.Authority.Trust)
		if err != nil {
			return err
		}
		return t.show(all, func() {
			var rows [][]string
			for _, a := range all {
				rows = append(rows, []string{a.Username, a.Name, a.Role, london(a.CreatedAt)})
			}
			t.table([]string{"username", "name", "role", "since"}, rows)
		})
	})
}
