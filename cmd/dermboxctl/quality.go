package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/durable"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/camera/quality"
)

func (t *tool) qualityCommand() *cobra.Command {
	return group("quality", "quality", t.qualityScoreCommand(), t.qualityEvaluateCommand(), t.qualityFitCommand())
}

// profileFlags are the flags of every command that judges by a profile.
type profileFlags struct{ name, keyring string }

func (p *profileFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.name, "profile", "public-256", text.T("ctl.flag.profile", nil))
	cmd.Flags().StringVar(&p.keyring, "keyring", "", text.T("ctl.flag.keyring", nil))
}

// profile gives the profile that dermbox comes with under a name, or that of a file: plain JSON, for a draft, or a signed envelope,
// which is verified.
func (t *tool) profile(ctx context.Context, flags profileFlags, name string) (*quality.Profile, error) {
	if p, ok := quality.Shipped(name); ok {
		return p, nil
	}
	if _, err := os.Stat(name); err != nil {
		return nil, appliance.E(appliance.NotFound, "ctl.quality.no_profile", err, "profile", name, "names", strings.Join(quality.ShippedNames(), ", "))
	}
	raw, err := t.readFile(name, signed.MaxEnvelope)
	if err != nil {
		return nil, err
	}
	if _, err := signed.KindOf(raw); err != nil {
		return quality.ParseProfile(raw)
	}
	ring, _, err := t.ring(flags.keyring)
	if err != nil {
		return nil, err
	}
	return quality.LoadProfile(ctx, raw, ring, t.now())
}

// pictures lists the JPEG files of a folder and of those below it, sorted, as paths from the folder. Links are not followed.
func pictures(dir string) (files []string, err error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, appliance.E(appliance.NotFound, "ctl.quality.no_folder", err, "path", dir)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := strings.ToLower(filepath.Ext(path)); d.Type().IsRegular() && (ext == ".jpg" || ext == ".jpeg") {
			name, err := filepath.Rel(dir, path)
			files = append(files, name)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, appliance.E(appliance.NotFound, "ctl.file.unreadable", err, "path", dir)
	}
	if len(files) == 0 {
		return nil, appliance.E(appliance.NotFound, "ctl.quality.no_pictures", nil, "path", dir)
	}
	slices.Sort(files)
	return files, nil
}

// readPicture reads a JPEG file of a folder.
func (t *tool) readPicture(dir, name string) ([]byte, error) {
	return t.readFile(filepath.Join(dir, name), camera.MaxJPEG)
}

// withJudge starts the judge worker, the program dermbox-imaging beside this one, has do use it and stops it.
func (t *tool) withJudge(ctx context.Context, do func(context.Context, *quality.Client) error) error {
	path, err := beside(t.imaging, "dermbox-imaging")
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return appliance.E(appliance.NotFound, "ctl.quality.no_imaging", err, "path", path)
	}
	log := slog.New(slog.NewTextHandler(t.errors, &slog.HandlerOptions{Level: slog.LevelError}))
	judge := quality.NewClient(quality.ClientOptions{WorkerPath: path, Stall: time.Minute, Log: log, Clock: clock.System(time.Time{}, time.Time{})})
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- judge.Serve(ctx) }()
	err = do(ctx, judge)
	cancel()
	<-done
	return err
}

// progress says on standard error how far long work is, every few seconds.
func (t *tool) progress() func(done, all int) {
	last := t.now()
	return func(done, all int) {
		if now := t.now(); now.Sub(last) >= 5*time.Second {
			last = now
			fmt.Fprintln(t.errors, sentence("ctl.quality.progress", "done", fmt.Sprint(done), "all", fmt.Sprint(all)))
		}
	}
}

// unread says on standard error what is wrong with one picture of a folder.
func (t *tool) unread(name string, err error) {
	fmt.Fprintln(t.errors, "dermboxctl:", sentence("ctl.quality.unread", "file", name, "why", why(err)))
}

// why is the sentence for a picture that cannot be read; a damaged file is not the camera's doing here.
func why(err error) string {
	if appliance.CodeOf(err) == appliance.Invalid {
		return text.T("ctl.quality.damaged", nil)
	}
	return text.Error(err)
}

// writeOut writes a result file into the folder of --out.
func writeOut(dir, name string, raw []byte) error {
	path := filepath.Join(dir, name)
	if err := durable.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return appliance.E(appliance.Unavailable, "ctl.quality.unwritten", err, "path", path)
	}
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		return appliance.E(appliance.Unavailable, "ctl.quality.unwritten", err, "path", path)
	}
	return nil
}

func indented(v any) ([]byte, error) {
	raw, err := json.MarshalIndent(v, "", " ")
	return append(raw, '\n'), err
}
