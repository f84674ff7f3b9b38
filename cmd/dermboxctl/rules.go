package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/firmware/keyring"
)

func (t *tool) rulesCommand() *cobra.Command {
	return group("rules", "rules", t.rulesShowCommand(), t.rulesCheckCommand(), t.rulesExplainCommand())
}

// ruleFlags are the flags of the commands that read rules.
type ruleFlags struct{ file, keyring string }

func (f *ruleFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "rules", "", text.T("ctl.flag.rules", nil))
	cmd.Flags().StringVar(&f.keyring, "keyring", "", text.T("ctl.flag.keyring", nil))
}

// ruleFile is a rule file that was read: its engine, and the key that signed it; an empty one for a draft.
type ruleFile struct {
	engine *eligibility.Engine
	signer keyring.SignedFile
}

func (f ruleFile) draft() bool { return f.signer.KeyID == "" }

// inForce gives the rules of the settings as the daemon would load them, or those of --rules, which may be a draft.
func (t *tool) inForce(ctx context.Context, flags ruleFlags) (ruleFile, error) {
	if flags.file != "" {
		return t.ruleFile(ctx, flags.file, flags.keyring)
	}
	c, err := t.settings()
	if err != nil {
		return ruleFile{}, err
	}
	ring, _, err := t.ring(flags.keyring)
	if err != nil {
		return ruleFile{}, err
	}
	raw, err := t.readFile(c.Rules.File, signed.MaxEnvelope)
	if err != nil {
		return ruleFile{}, err
	}
	if _, err := eligibility.Load(ctx, raw, ring, t.now()); err != nil { // as the daemon: neither a draft nor one that ran out
		return ruleFile{}, err
	}
	return t.ruleFile(ctx, c.Rules.File, flags.keyring)
}

// ruleFile reads a rule file: a signed one is verified, and may be out of date; any other is a draft.
func (t *tool) ruleFile(ctx context.Context, path, ringDir string) (ruleFile, error) {
	raw, err := t.readFile(path, signed.MaxEnvelope)
	if err != nil {
		return ruleFile{}, err
	}
	if _, err := signed.KindOf(raw); err != nil {
		engine, err := eligibility.Parse(raw)
		return ruleFile{engine: engine}, err
	}
	ring, _, err := t.ring(ringDir)
	if err != nil {
		return ruleFile{}, err
	}
	v, err := signed.Verify(ctx, signed.KindRules, raw, ring)
	if err != nil {
		return ruleFile{}, err
	}
	engine, err := eligibility.Parse(v.Payload)
	key, _ := ring.Find(v.KeyID)
	return ruleFile{engine, keyring.SignedFile{KeyID: v.KeyID, Key: key.Name}}, err
}

// shownRules is what "rules show --json" prints.
type shownRules struct {
	Rules      string                  `json:"rules"`
	Digest     string                  `json:"digest"`
	ExpiresAt  time.Time               `json:"expires_at,omitzero"`
	Signed     bool                    `json:"signed"`
	Lines      []shownRule             `json:"lines"`
	Routes     []eligibility.RouteLine `json:"routes"`
	SevenPoint int                     `json:"seven_point"`
}

type shownRule struct {
	eligibility.RuleLine
	Sentence string `json:"sentence"`
}

func (t *tool) rulesShowCommand() *cobra.Command {
	var flags ruleFlags
	cmd := t.reading("show", "rules.show", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		f, err := t.inForce(cmd.Context(), flags)
		if err != nil {
			return err
		}
		e := f.engine
		s := shownRules{e.Version(), e.Digest(), e.ExpiresAt(), !f.draft(), nil, e.Routes(), e.SevenPoint()}
		for _, r := range e.Rules() {
			s.Lines = append(s.Lines, shownRule{r, text.T(r.Key, nil)})
		}
		return t.show(s, func() { t.sayRules(s) })
	})
	flags.add(cmd)
	return cmd
}

func (t *tool) sayRules(s shownRules) {
	t.say("ctl.rules.head", "rules", s.Rules, "until", until(s.ExpiresAt), "digest", s.Digest)
	if !s.Signed {
		t.say("ctl.rules.unsigned")
	}
	for _, r := range s.Lines {
		t.say("ctl.rules.rule", "rule", r.Rule, "effects", effects(r.Effects), "phase", r.Phase, "sentence", r.Sentence, "source", r.Source)
	}
	rows := [][]string{headings("for", "route")}
	for _, r := range s.Routes {
		rows = append(rows, []string{r.For, string(r.Route)})
	}
	t.table(rows)
	t.say("ctl.rules.seven_point", "score", fmt.Sprint(s.SevenPoint))
}

func effects(list []appliance.Effect) string {
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = string(e)
	}
	return strings.Join(names, ", ")
}

// checkedRules is what "rules check --json" prints.
type checkedRules struct {
	Path      string    `json:"path"`
	Rules     string    `json:"rules"`
	Count     int       `json:"count"`
	Digest    string    `json:"digest"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	Expired   bool      `json:"expired"`
	KeyID     string    `json:"key_id,omitempty"` // "" for a draft
	Key       string    `json:"key,omitempty"`
}

func (t *tool) rulesCheckCommand() *cobra.Command {
	var ring string
	cmd := t.reading("check FILE", "rules.check", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		f, err := t.ruleFile(cmd.Context(), args[0], ring)
		if err != nil {
			return err
		}
		e := f.engine
		c := checkedRules{args[0], e.Version(), len(e.Rules()), e.Digest(), e.ExpiresAt(), false, f.signer.KeyID, f.signer.Key}
		c.Expired = !c.ExpiresAt.IsZero() && !t.now().Before(c.ExpiresAt)
		return t.show(c, func() { t.sayChecked(c) })
	})
	cmd.Flags().StringVar(&ring, "keyring", "", text.T("ctl.flag.keyring", nil))
	return cmd
}

func (t *tool) sayChecked(c checkedRules) {
	t.say("ctl.rules.good", "path", c.Path, "rules", c.Rules, "n", fmt.Sprint(c.Count), "digest", c.Digest)
	if c.KeyID == "" {
		t.say("ctl.rules.draft")
	} else {
		t.say("ctl.rules.good_signed", "key", c.KeyID, "name", orDash(c.Key), "until", until(c.ExpiresAt))
	}
	if c.Expired {
		t.say("ctl.rules.expired")
	}
}
