package main

import (
	"context"

	"github.com/spf13/cobra"

	"dermbox/sync/hub/server"
)

func (t *tool) serveCommand() *cobra.Command {
	return t.leaf("serve", "serve", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		return t.withHub(cmd.Context(), server.Open, func(ctx context.Context, h *server.Hub) error {
			pages, err := h.Pages()
			if err != nil {
				return err
			}
			return h.Serve(ctx, pages, func(a server.Addresses) {
				t.say("hubctl.serve.ready", "device", "https://"+a.Device, "people", "https://"+a.People)
			})
		})
	})
}
