package daemon_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/inference/pack"
)

// A box works in a pathway only with a pack that was made for it; otherwise without AI, and it says so.
func TestThePackDecidesOnThePathway(t *testing.T) {
	every := []appliance.Pathway{appliance.Shadow, appliance.TriagePriority, appliance.SecondReadPathway}
	for name, c := range map[string]struct {
		configured appliance.Pathway
		status     pack.Status
		madeFor    []appliance.Pathway
		want       appliance.Pathway
		key        string
	}{
		"made for it":        {appliance.SecondReadPathway, pack.Simulation, every, appliance.SecondReadPathway, "daemon.pathway_ok"},
		"not made for it":    {appliance.SecondReadPathway, pack.Simulation, every[:2], appliance.CaptureOnly, "daemon.pathway_not_in_pack"},
		"made for others":    {appliance.Shadow, pack.Simulation, every[1:], appliance.CaptureOnly, "daemon.pathway_not_in_pack"},
		"autonomous, unfit":  {appliance.AutonomousBenign, pack.Evaluation, every, appliance.CaptureOnly, "daemon.pathway_not_approved"},
		"approved, not this": {appliance.AutonomousBenign, pack.Approved, every, appliance.CaptureOnly, "daemon.pathway_not_approved"},
		"approved for it":    {appliance.AutonomousBenign, pack.Approved, append(every, appliance.AutonomousBenign), appliance.AutonomousBenign, "daemon.pathway_ok"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.settings["site"] = "{trust: RZZ, code: RZZ01, name: Test clinic, pathway: " + string(c.configured) + "}"
			r.changePack(func(m *pack.Manifest) {
				m.ExpiresAt = time.Date(2098, 1, 1, 0, 0, 0, 0, time.UTC)
				m.Status, m.Pathways, m.Device = c.status, c.madeFor, &pack.Device{Manufacturer: "Test Ltd", UDIDI: "05012345678900"}
			})
			x := r.start()
			got := x.await("pathway", c.key)
			var s struct{ Site appliance.Site }
			_, body := x.get("/v1/status")
			must(t, json.Unmarshal(body, &s))
			if s.Site.Pathway != c.want {
				t.Errorf("it works as %s, want %s", s.Site.Pathway, c.want)
			}
			refused := c.key != "daemon.pathway_ok"
			if level := map[bool]string{true: "error", false: "ok"}[refused]; got.Level != level || refused && got.Who != "it" {
				t.Errorf("%+v", got)
			}
			if strings.ContainsAny(text.T(got.Key, got.Params), "{}[]") {
				t.Errorf("the sentence is not filled in: %s", text.T(got.Key, got.Params))
			}
			must(t, x.stop())
			if said := strings.Count(r.log.String(), "the pathway of the settings is not in force"); said != map[bool]int{true: 1}[refused] {
				t.Errorf("the log says it %d times", said)
			}
		})
	}
}

// Without a pack AUTONOMOUS_BENIGN is not in force either; the other pathways keep their name and wait for one.
func TestNoPackIsNoApproval(t *testing.T) {
	for configured, key := range map[appliance.Pathway]string{
		appliance.AutonomousBenign: "daemon.pathway_not_approved", appliance.TriagePriority: "daemon.pathway_ok",
	} {
		r := newRig(t)
		r.settings["site"] = "{trust: RZZ, code: RZZ01, name: Test clinic, pathway: " + string(configured) + "}"
		r.settings["model"] = ""
		r.start().await("pathway", key)
	}
}

// A settings' pack that failed its trial is in force nowhere, and carries no pathway.
func TestAPackThatFailedCarriesNoPathway(t *testing.T) {
	r := newModelRig(newRig(t))
	r.settings["site"] = "{trust: RZZ, code: RZZ01, name: Test clinic, pathway: AUTONOMOUS_BENIGN}"
	raw := r.pack(func(m *pack.Manifest, members map[string][]byte) {
		m.ExpiresAt = time.Date(2098, 1, 1, 0, 0, 0, 0, time.UTC)
		m.Status, m.Pathways = pack.Approved, []appliance.Pathway{appliance.Shadow, appliance.AutonomousBenign}
		m.Device = &pack.Device{Manufacturer: "Test Ltd", UDIDI: "05012345678900"}
		otherAnswers(r, members)
	})
	r.write("model.dermpack", raw)
	x := r.start()
	x.await("model", "inference.golden_mismatch")
	x.await("pathway", "daemon.pathway_not_approved")
}
