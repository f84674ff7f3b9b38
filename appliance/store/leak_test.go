package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/staff"
	"dermbox/appliance/store"
	"dermbox/sync/wire"
)

// seeds are words that must never be found on the disk: one for every field that can identify or describe a patient.
var seeds = map[string]string{
	"family name": "Quillfeather", "given name": "Ottoline", "NHS number": "9990000018", "birth date": "1951-07-14",
	"GP practice": "Y99873", "UBRN": "004417265531", "referrer": "Dr. Wolverhampton", "note": "itches since the voyage",
	"ethnic category": "EthnicCatQ", "lesion site": "81992007", "override": "patient-cannot-hold-still-really",
	"operator name": "Nurse Featherstonehaugh", "hub message": "Content differs for Quartermain", "attempt": "verdict-measure-name",
	"PIN": "805131", "finding": "ATYP_NAEVUS_SEED", "scan hash": "5ca9deadbeef5ca9deadbeef5ca9deadbeef5ca9deadbeef5ca9deadbeef5ca9",
	"picture": "these bytes stand for pixels", "envelope": "ENVELOPE-OF-THE-MANIFEST",
}

// TestNothingReadable takes a whole visit with seeded values and searches every byte on the disk for them, while the
// database is open with its log and after it was closed.
func TestNothingReadable(t *testing.T) {
	r := newRig(t)
	seededVisit(t, r)
	if found := search(t, r.dir); len(found) > 0 {
		t.Errorf("while open, readable on the disk: %v", found)
	}
	must(t, r.Store.Close())
	if found := search(t, r.dir); len(found) > 0 {
		t.Errorf("after closing, readable on the disk: %v", found)
	}
	raw(t, r.path(), `INSERT INTO meta (name, value) VALUES ('leak', ?)`, "of "+seeds["family name"])
	if found := search(t, r.dir); len(found) != 1 {
		t.Errorf("a leak on purpose is not seen: %v", found)
	}
}

func seededVisit(t *testing.T, r *rig) {
	t.Helper()
	ctx := t.Context()
	c := r.draft()
	c.Patient = appliance.Patient{
		NHSNumber: appliance.NHSNumber(seeds["NHS number"]), FamilyName: seeds["family name"], GivenName: seeds["given name"],
		BirthDate: appliance.Date(seeds["birth date"]), GPPractice: seeds["GP practice"], EthnicCategory: seeds["ethnic category"],
	}
	c.Referral = appliance.Referral{UBRN: seeds["UBRN"], Referrer: seeds["referrer"]}
	c.Operator = appliance.Operator{ID: "hca.1", Name: seeds["operator name"]}
	for _, c.State = range []appliance.State{appliance.Identified, appliance.Consented, appliance.HistoryDone} {
		c.Lesions = []appliance.Lesion{{
			ID: appliance.LesionID(appliance.NewID()), Site: appliance.SiteCode(seeds["lesion site"]), Note: seeds["note"],
		}}
		must(t, r.SaveCase(ctx, c, act("step")))
	}
	jpeg := bytes.Repeat([]byte(seeds["picture"]), 5000)
	capture := still(c, jpeg)
	capture.ScanSHA256, capture.Override = seeds["scan hash"], seeds["override"]
	capture.Quality.Measures = []appliance.Measure{{Name: seeds["attempt"]}}
	must(t, r.SaveAttempt(ctx, c.ID, attempt(capture, "held")))
	must(t, r.stills.Keep(ctx, c, capture, jpeg, act("capture.keep"), attempt(capture, "kept")))
	c.Findings = []appliance.Finding{{LesionID: capture.LesionID, Class: appliance.Class(seeds["finding"])}}
	must(t, r.SignOff(ctx, c, true, act("case.sign_off")))
	b := r.next()
	must(t, r.SaveOffer(ctx, b.Number, []byte(seeds["envelope"]), "sha256:00"))
	outcome := results(b, wire.Rejected)
	outcome[0].Code, outcome[0].Message = "case_conflict", seeds["hub message"]
	must(t, r.SaveReceipt(ctx, b.Number, r.receipt(b, "sha256:00"), outcome))
	people := staff.New(staff.Options{Rows: r.Store, Vault: r.vault, Clock: r.clock, Params: staff.Params{MemoryKiB: 64, Time: 1, Threads: 1}})
	must(t, people.Add(ctx, "it.1", staff.Member{ID: "hca.1", Name: seeds["operator name"], Role: "hca"}, seeds["PIN"]))
	if _, err := r.List(ctx, store.Filter{NHSNumber: appliance.NHSNumber(seeds["NHS number"])}); err != nil {
		t.Error(err)
	}
}

// search gives what was found where, in file names too.
func search(t *testing.T, dir string) (found []string) {
	t.Helper()
	files := 0
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for what, seed := range seeds {
			if bytes.Contains(data, []byte(seed)) || strings.Contains(path, seed) {
				found = append(found, what+" in "+filepath.Base(path))
			}
		}
		return err
	}))
	if files < 3 {
		t.Errorf("only %d files were searched", files)
	}
	return found
}
