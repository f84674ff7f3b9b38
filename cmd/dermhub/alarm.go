package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/hub/server"
)

// maxReason bounds why an alarm was closed, in bytes.
const maxReason = 500

func (t *tool) alarmListCommand() *cobra.Command {
	var all bool
	var limit int
	cmd := t.reading("list", "alarm.list", cobra.NoArgs, func(ctx context.Context, h *server.Hub, _ []string) error {
		list := h.Ledger.OpenAlarms
		if all {
			list = h.Ledger.Alarms
		}
		alarms, err := list(ctx, h.Authority.Trust, limit)
		if err != nil {
			return err
		}
		return t.show(alarms, func() { t.sayAlarms(alarms) })
	})
	cmd.Flags().BoolVar(&all, "all", false, text.T("hubctl.flag.all", nil))
	cmd.Flags().IntVar(&limit, "limit", 1000, text.T("hubctl.flag.limit", nil))
	return cmd
}

func (t *tool) sayAlarms(alarms []ledger.Alarm) {
	if len(alarms) == 0 {
		t.say("hubctl.alarm.none")
	}
	for _, a := range alarms {
		fmt.Fprintf(t.out, "%d  ", a.ID)
		t.say("hubctl.alarm."+a.Kind, "device", a.Device.ID, "object", a.Object, "at", london(a.RaisedAt))
		if !a.Open() {
			t.say("hubctl.alarm.closed", "at", london(a.ClosedAt), "by", a.ClosedBy, "reason", a.Reason)
		}
	}
}

func (t *tool) alarmCloseCommand() *cobra.Command {
	var reason string
	cmd := t.leaf("close ID", "alarm.close", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil {
			return appliance.E(appliance.NotFound, "hubctl.alarm.unknown", nil)
		}
		if reason = strings.TrimSpace(reason); reason == "" || len(reason) > maxReason {
			return appliance.FieldError("reason", "hubctl.alarm.reason")
		}
		return t.withHub(cmd.Context(), server.OpenBeside, func(ctx context.Context, h *server.Hub) error {
			// The people of a machine are known by their numbers: naming them would need the C library.
			a, err := h.Ledger.CloseAlarm(ctx, h.Authority.Trust, id, fmt.Sprintf("uid:%d", os.Getuid()), reason)
			if err != nil {
				return err
			}
			return t.show(a, func() {
				t.say("hubctl.alarm.closed", "at", london(a.ClosedAt), "by", a.ClosedBy, "reason", a.Reason)
			})
		})
	})
	cmd.Flags().StringVar(&reason, "reason", "", text.T("hubctl.flag.reason", nil))
	t.jsonFlag(cmd)
	must(cmd.MarkFlagRequired("reason"))
	return cmd
}
