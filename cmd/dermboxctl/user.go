package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/staff"
	"dermbox/appliance/text"
)

// actor is who the audit trail names for what this tool does.
const actor = "dermboxctl"

func (t *tool) userCommand() *cobra.Command {
	return group("user", "user", t.userAddCommand(), t.userListCommand(), t.userDisableCommand(), t.userPINCommand())
}

func (t *tool) userAddCommand() *cobra.Command {
	var m staff.Member
	var pinFile string
	cmd := t.leaf("add ID --name NAME --role ROLE", "user.add", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		m.ID = args[0]
		pin, err := t.pin(pinFile)
		if err != nil {
			return err
		}
		body := struct {
			staff.Member
			PIN string `json:"pin"`
		}{m, pin}
		err = t.onStaff(cmd.Context(), "/v1/staff", body, func(ctx context.Context, s *staff.Service) error { return s.Add(ctx, actor, m, pin) })
		if err != nil {
			return err
		}
		t.say("ctl.user.added", "id", m.ID, "role", m.Role)
		return nil
	})
	cmd.Flags().StringVar(&m.Name, "name", "", text.T("ctl.flag.user_name", nil))
	cmd.Flags().StringVar(&m.Role, "role", "", text.T("ctl.flag.role", nil))
	cmd.Flags().StringVar(&pinFile, "pin-file", "", text.T("ctl.flag.pin_file", nil))
	must(cmd.MarkFlagRequired("name"))
	must(cmd.MarkFlagRequired("role"))
	return cmd
}

func (t *tool) userDisableCommand() *cobra.Command {
	return t.leaf("disable ID", "user.disable", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		path := "/v1/staff/" + url.PathEscape(args[0]) + "/disable"
		err := t.onStaff(cmd.Context(), path, nil, func(ctx context.Context, s *staff.Service) error { return s.Disable(ctx, actor, args[0]) })
		if err != nil {
			return err
		}
		t.say("ctl.user.disabled", "id", args[0])
		return nil
	})
}

func (t *tool) userPINCommand() *cobra.Command {
	var pinFile string
	cmd := t.leaf("reset-pin ID", "user.reset-pin", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		pin, err := t.pin(pinFile)
		if err != nil {
			return err
		}
		path := "/v1/staff/" + url.PathEscape(args[0]) + "/pin"
		body := map[string]string{"pin": pin}
		err = t.onStaff(cmd.Context(), path, body, func(ctx context.Context, s *staff.Service) error { return s.ResetPIN(ctx, actor, args[0], pin) })
		if err != nil {
			return err
		}
		t.say("ctl.user.pin", "id", args[0])
		return nil
	})
	cmd.Flags().StringVar(&pinFile, "pin-file", "", text.T("ctl.flag.pin_file", nil))
	return cmd
}

func (t *tool) userListCommand() *cobra.Command {
	return t.reading("list", "user.list", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		list, err := t.users(cmd.Context())
		if err != nil {
			return err
		}
		return t.show(list, func() {
			rows := [][]string{headings("user", "name", "role", "state")}
			for _, m := range list {
				state := text.T("ctl.user.active", nil)
				if m.Disabled {
					state = text.T("ctl.user.off", nil)
				}
				rows = append(rows, []string{m.ID, m.Name, m.Role, state})
			}
			t.table(rows)
		})
	})
}

// users asks the daemon for the staff list, and reads the disk when there is none.
func (t *tool) users(ctx context.Context) ([]staff.Member, error) {
	c, err := t.settings()
	if err != nil {
		return nil, err
	}
	list := []staff.Member{}
	if err := newDaemon(c.Control.Socket).get(ctx, "/v1/staff", &list); !down(err) {
		return list, err
	}
	v, err := openVault(c)
	if err != nil {
		return nil, err
	}
	s, err := t.readStore(ctx, c, false)
	if neverStarted(err) {
		return list, nil
	}
	if err != nil {
		return nil, err
	}
	defer shut(s)
	found, damaged, err := staff.New(staff.Options{Rows: s, Vault: v}).List(ctx)
	if len(damaged) > 0 {
		fmt.Fprintln(t.errors, "dermboxctl:", text.T("daemon.staff_damaged", map[string]string{"ids": strings.Join(damaged, ", ")}))
	}
	return append(list, found...), err
}

// onStaff has the daemon change the staff list, which holds the database, or changes it here when no daemon runs.
func (t *tool) onStaff(ctx context.Context, path string, body any, here func(context.Context, *staff.Service) error) error {
	c, err := t.settings()
	if err != nil {
		return err
	}
	if err := newDaemon(c.Control.Socket).post(ctx, path, body); !down(err) {
		return err
	}
	s, v, system, err := t.writeStore(ctx, c)
	if err != nil {
		return err
	}
	err = here(ctx, staff.New(staff.Options{Rows: s, Vault: v, Clock: system}))
	return errors.Join(err, s.Close())
}

// pin reads a PIN from a file, or twice from the terminal. It is never a flag: flags stand in the list of processes.
func (t *tool) pin(file string) (string, error) {
	if file != "" {
		raw, err := t.readFile(file, 64)
		if err != nil {
			return "", err
		}
		return strings.TrimSpace(string(raw)), nil
	}
	first, err := t.readPIN(text.T("ctl.pin.prompt", nil))
	if err != nil {
		return "", err
	}
	second, err := t.readPIN(text.T("ctl.pin.again", nil))
	if err != nil {
		return "", err
	}
	if first != second {
		return "", appliance.FieldError("pin", "ctl.pin.differ")
	}
	return first, nil
}
