package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"dermbox/appliance"
)

// The committed models: one knows the simulated dermatoscope's drawings, the other photographs of public data sets.
const (
	simulationPack    = "firmware/demo/signed/simulation.dermpack"
	demonstrationPack = "firmware/demo/signed/demonstration.dermpack"
)

// optics are what the simulated dermatoscope declares of what it shows.
func (d *Demo) optics() appliance.OpticsID {
	if d.Images != "" {
		return appliance.OpticsPublicISIC
	}
	return appliance.OpticsSimulatedScope
}

// packFile is the pack that the clinic gets: the one made for what the dermatoscope shows.
func (d *Demo) packFile() string {
	if d.Pack != "" {
		return d.Pack
	}
	made := simulationPack
	if d.Images != "" {
		made = demonstrationPack
	}
	return filepath.Join(d.Root, filepath.FromSlash(made))
}

// inspected is what `dermboxctl model inspect --json` says of a pack, as far as it is needed here.
type inspected struct {
	Digest   string `json:"digest"`
	Manifest struct {
		ID      string `json:"id"`
		Version int    `json:"version"`
		Optics  []struct {
			ID appliance.OpticsID `json:"id"`
		} `json:"optics"`
	} `json:"manifest"`
}

func (p inspected) name() string { return p.Manifest.ID + "/" + strconv.Itoa(p.Manifest.Version) }

// knows says whether the pack's model was validated with optics.
func (p inspected) knows(optics appliance.OpticsID) bool {
	for _, o := range p.Manifest.Optics {
		if o.ID == optics {
			return true
		}
	}
	return false
}

// clinicPack asks dermboxctl what the clinic's pack is.
func (d *Demo) clinicPack(ctx context.Context) (p inspected, err error) {
	out, err := d.ctl(ctx, "", "model", "inspect", filepath.Join(filepath.Dir(d.boxConfig()), "model.dermpack"), "--json")
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(out, &p)
}

// fits is how long a box may take until the model for what the dermatoscope shows is in force.
const fits = 60 * time.Second

// mostOrders is how often the box is told to put a model in force.
const mostOrders = 5

// fitModel puts the clinic's pack in force where the model in force does not know what the dermatoscope shows and that pack does: a
// run before this one may have shown drawings, or photographs. A pack that is new to the box it takes by itself; any other model that
// somebody put in force and that knows the optics stays.
func (d *Demo) fitModel(ctx context.Context) error {
	want, err := d.clinicPack(ctx)
	if err != nil || !want.knows(d.optics()) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, fits)
	defer cancel()
	orders := 0
	for taking := false; ; {
		m, err := d.Models(ctx)
		if err == nil {
			here, inForce := m.has(want.Digest)
			taking = (taking || !here) && !inForce && m.Settings == nil // it is new to the box, which puts it in force by itself
			switch {
			case m.ready(d.optics()) && !taking:
				return nil
			case here && !inForce && !taking:
				orders++ // one comes in vain while another order about models is carried out
				if _, err = d.ctl(ctx, "", "model", "activate", want.name(), "--reason", "make-run"); err != nil && orders == mostOrders {
					return err
				}
			}
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("the model %s did not come into force", want.name()), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// ready says whether a model is in force that knows the optics and gives its known answers.
func (m Models) ready(optics appliance.OpticsID) bool {
	return m.State != nil && m.State.Ready && slices.ContainsFunc(m.Models, func(l ModelLine) bool {
		return l.InForce && slices.Contains(l.Optics, optics)
	})
}

// has says whether a pack lies on the shelf, and whether it is in force.
func (m Models) has(digest string) (here, inForce bool) {
	i := slices.IndexFunc(m.Models, func(l ModelLine) bool { return l.Digest == digest })
	return i >= 0, i >= 0 && m.Models[i].InForce
}

// expected says what is wrong with the finding of a good picture. Where the clinic's pack does not know photographs a dermatologist reads
// them. Where it does it is asked, unless the quality gate kept the picture from it; what it says of the picture is its own.
func (d *Demo) expected(ctx context.Context, f appliance.Finding) error {
	hit := func(rule string) bool {
		return slices.ContainsFunc(f.Hits, func(h appliance.RuleHit) bool { return h.Rule == rule })
	}
	switch asked := len(f.Stills) > 0 && len(f.Stills[0].Classes) > 0; {
	case d.Images == "" && f.Status != appliance.Assessed:
		return errors.New("the drawing of the simulated dermatoscope was not assessed")
	case d.Images == "" || asked || hit("X18"):
		return nil
	case hit("X17") && f.Status == appliance.NotAssessed && f.Route == appliance.DermReviewNoAI:
		if p, err := d.clinicPack(ctx); err != nil || !p.knows(d.optics()) {
			return err
		}
	}
	return fmt.Errorf("a photograph was %s and goes %s: %s", f.Status, f.Route, f.Reason)
}
