package main

import (
	"errors"
	"net/url"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

func (t *tool) caseRetryCommand() *cobra.Command {
	var reason string
	cmd := t.leaf("retry ID|REFERENCE --reason WORD", "case.retry", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		id, err := t.retry(cmd, args[0], reason)
		if err != nil {
			return err
		}
		t.say("ctl.case.retried", "reference", id.Reference())
		return nil
	})
	cmd.Flags().StringVar(&reason, "reason", "", text.T("ctl.flag.reason", nil))
	must(cmd.MarkFlagRequired("reason"))
	return cmd
}

// retry has the daemon, which holds the database, send a case again that was set aside, or does it here when no daemon runs.
func (t *tool) retry(cmd *cobra.Command, name, reason string) (appliance.CaseID, error) {
	ctx := cmd.Context()
	c, err := t.settings()
	if err != nil {
		return "", err
	}
	id, err := t.caseID(ctx, c, name)
	if err != nil {
		return "", err
	}
	body := map[string]string{"reason": reason}
	if err := newDaemon(c.Control.Socket).post(ctx, "/v1/cases/"+url.PathEscape(string(id))+"/retry", body); !down(err) {
		return id, err
	}
	s, _, _, err := t.writeStore(ctx, c)
	if err != nil {
		return "", err
	}
	return id, errors.Join(s.Retry(ctx, id, actor, reason), s.Close())
}
