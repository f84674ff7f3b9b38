package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/camera/scope"
)

func controlCommand() *cobra.Command {
	var base, subject string
	c := &cobra.Command{
		Use:   "control [FAULT | next | state]",
		Short: "Change what a running simulated dermatoscope shows, or make it fail",
		Long: `Change what a running simulated dermatoscope shows, or make it fail. Prints its state as JSON.

Faults of the picture:  blur    out of focus
                        glare   the lamp mirrored in the gel
                        darken  the lamp is off
                        small   the field is small in the picture
                        cast    a lamp too warm: three gains mend it
                        mixed   colours run into one another: no gains mend it
Faults of the camera:   freeze  the same frame again and again
                        stall   the connection stays and falls silent
                        drop    connections are cut
                        corrupt JPEGs end halfway
                        size    frames of 1280 x 720
                        replay  the frames of before again, each under a new number and time
                        none    all is well again

"next" shows the folder's next photograph or the next seed's drawing; "state" only prints.`,
		Example: `  dermbox-imaging control --url http://127.0.0.1:8463 blur
  dermbox-imaging control --url http://127.0.0.1:8463 --subject mel,3,17,hair none
  dermbox-imaging control --url http://127.0.0.1:8463 --subject card,1,5`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: words(),
		RunE: func(cmd *cobra.Command, args []string) error {
			command, err := parseControl(subject, args)
			if err != nil {
				return err
			}
			return control(cmd.Context(), base, command, cmd.OutOrStdout())
		},
	}
	c.Flags().StringVar(&base, "url", "http://"+defaultListen, "address of the scope")
	c.Flags().StringVar(&subject, "subject", "", "kind,skin type,seed and then hair, ruler or both")
	return c
}

func words() []string {
	all := []string{"next", "state"}
	for _, f := range scope.Faults() {
		all = append(all, string(f))
	}
	return all
}

func parseControl(subject string, args []string) (c scope.Command, err error) {
	if subject != "" {
		s, err := parseSubject(subject)
		if err != nil {
			return c, err
		}
		c.Subject = &s
	}
	if len(args) == 0 || args[0] == "state" {
		return c, nil
	}
	if args[0] == "next" {
		c.Next = true
		return c, nil
	}
	f := scope.Fault(args[0])
	c.Fault = &f
	return c, f.Check()
}

// control sends one command and prints the state that the scope answers with.
func control(ctx context.Context, base string, c scope.Command, out io.Writer) error {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return appliance.FieldError("url", "camera.error.bad_url", "value", "--url")
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	u.Path, u.RawQuery = scope.PathControl, ""
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: the scope is on this machine
	resp, err := client.Do(req)
	if err != nil {
		return appliance.E(appliance.Unavailable, "camera.scope.no_answer", err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return appliance.E(appliance.Unavailable, "camera.scope.no_answer", err)
	}
	if resp.StatusCode != http.StatusOK {
		return appliance.E(appliance.Invalid, "camera.scope.refused", fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(string(said))))
	}
	_, err = out.Write(said)
	return err
}
