package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/camera/opencv"
	"dermbox/camera/scope"
)

const defaultListen = "127.0.0.1:8463"

func scopeCommand() *cobra.Command {
	var listen, subject, images string
	var dwell time.Duration
	c := &cobra.Command{
		Use:   "scope",
		Short: "Simulated dermatoscope: MJPEG over HTTP, 1920 x 1080 at 30 a second",
		Long: `Simulated dermatoscope: MJPEG over HTTP on a loopback address, 1920 x 1080 at 30 a second, no frame ever twice.

It shows a drawn lesion, or with --images a folder of photographs (JPEG, PNG), each as a square on black. Photographs
are declared as other optics than drawings. The commands "control" change what it shows and make it fail.

Addresses: GET /stream.mjpg, GET /identity, GET /state, POST /control.`,
		Example: `  dermbox-imaging scope --subject mel,3,17,hair
  dermbox-imaging scope --images ~/photographs --dwell 10s`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := parseSubject(subject)
			if err != nil {
				return err
			}
			o := scope.Options{
				Encoder: opencv.Encoder{}, Subject: s, Images: images, Dwell: dwell,
				Log: slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)),
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return serveScope(ctx, listen, o, cmd.OutOrStdout())
		},
	}
	c.Flags().StringVar(&listen, "listen", defaultListen, "loopback address and port; port 0 takes a free one")
	c.Flags().StringVar(&subject, "subject", "nv,2,1", "kind,skin type,seed and then hair, ruler or both; kinds: nv mel sk empty")
	c.Flags().StringVar(&images, "images", "", "folder of photographs to play instead of drawings")
	c.Flags().DurationVar(&dwell, "dwell", 0, "how long each photograph is shown; 0: until \"control next\"")
	return c
}

// parseSubject reads "mel,3,17,hair,ruler".
func parseSubject(text string) (s scope.Subject, err error) {
	bad := appliance.FieldError("subject", "camera.scope.bad_subject", "value", strconv.QuoteToASCII(text))
	words := strings.Split(text, ",")
	if len(words) < 3 {
		return s, bad
	}
	tone, err1 := strconv.Atoi(words[1])
	seed, err2 := strconv.ParseInt(words[2], 10, 64)
	if err1 != nil || err2 != nil {
		return s, bad
	}
	s = scope.Subject{Kind: words[0], Tone: tone, Seed: seed}
	for _, w := range words[3:] {
		switch w {
		case "hair":
			s.Hair = true
		case "ruler":
			s.Ruler = true
		default:
			return s, bad
		}
	}
	return s, s.Check()
}

// serveScope runs the scope until ctx ends; its first line on out is the stream's address, once it can be read.
func serveScope(ctx context.Context, listen string, o scope.Options, out io.Writer) error {
	if err := loopback(listen); err != nil {
		return err
	}
	s, err := scope.New(o)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return appliance.E(appliance.Unavailable, "camera.scope.listen", err, "address", listen)
	}
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn)}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var frames sync.WaitGroup
	frames.Go(func() { _ = s.Serve(ctx) }) // ends with the context's error
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	fmt.Fprintf(out, "http://%s%s\n", l.Addr(), scope.PathStream)
	select {
	case <-ctx.Done():
	case err = <-served:
		served <- err
	}
	cancel()
	_ = server.Close() // viewers are cut off; the listener is gone either way
	frames.Wait()
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// loopback refuses an address that other machines could reach: whoever reaches the scope controls it.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return appliance.FieldError("listen", "camera.scope.not_loopback", "value", strconv.QuoteToASCII(address))
	}
	return nil
}
