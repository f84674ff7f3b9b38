package demo

import (
	"io"
	"os"
	"path/filepath"

	"dermbox/appliance"
)

// Options say what to demonstrate and where.
type Options struct {
	Root    string    // the checkout: the demonstration's rules, profiles, pack and public keys
	Var     string    // the demo trust and clinic, made where they are missing
	Bin     string    // the built programs
	Ports   Ports     // where they listen
	Images  string    // a folder of photographs for the simulated dermatoscope, "" for its drawings
	Pack    string    // the model pack of the clinic, "" for the committed one of what the dermatoscope shows
	Subject string    // what it draws, as dermbox-imaging scope takes it: kind,skin type,seed; "" draws by chance
	Once    bool      // end after one case
	Network bool      // false: the hub is stopped once the box is enrolled
	HubURL  string    // where the box finds the hub, "" for its own port; a test puts a proxy between
	Patient *Patient  // who comes, nil to invent somebody
	Out     io.Writer // for people
}

// check makes the folders absolute and refuses what is not there.
func (o *Options) check() error {
	for _, folder := range []*string{&o.Root, &o.Var, &o.Bin, &o.Images, &o.Pack} {
		if *folder == "" {
			continue
		}
		absolute, err := filepath.Abs(*folder)
		if err != nil {
			return err
		}
		*folder = absolute
	}
	if o.Images != "" {
		if info, err := os.Stat(o.Images); err != nil || !info.IsDir() {
			return appliance.E(appliance.NotFound, "demo.no_images", err, "path", o.Images)
		}
	}
	if o.Pack != "" {
		if _, err := os.Stat(o.Pack); err != nil {
			return err
		}
	}
	for _, program := range []string{"dermboxd", "dermboxctl", "dermhub", "dermbox-imaging", "dermbox-inference"} {
		if _, err := os.Stat(filepath.Join(o.Bin, program)); err != nil {
			return appliance.E(appliance.NotFound, "demo.no_program", err, "path", filepath.Join(o.Bin, program))
		}
	}
	return nil
}

// The layout of the var folder.
func (o *Options) logs() string        { return filepath.Join(o.Var, "logs") }
func (o *Options) boxConfig() string   { return filepath.Join(o.Var, "box", "dermboxd.yaml") }
func (o *Options) boxData() string     { return filepath.Join(o.Var, "box", "data") }
func (o *Options) hubConfig() string   { return hubConfig(o.Var) }
func (o *Options) bin(n string) string { return filepath.Join(o.Bin, n) }

// hubConfig is where the hub's settings stand in the folder of a trust.
func hubConfig(folder string) string { return filepath.Join(folder, "hub", "dermhub.yaml") }
