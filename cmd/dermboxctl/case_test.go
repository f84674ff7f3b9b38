package main

import (
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/store"
	trustsync "dermbox/sync"
)

func TestCaseList(t *testing.T) {
	r := newRig(t, "")
	r.call("case", "list").want(t, 0, "No such case")
	r.call("case", "list", "--json").want(t, 0, "[]")
	r.seed()
	r.call("case", "list").golden(t, "case-list", 0)
	var list []appliance.CaseSummary
	r.call("case", "list", "--json", "--state", "queued", "--state", "RECEIPTED").decode(t, &list)
	if len(list) != 2 || list[0].ID != unsent || list[1].ID != received {
		t.Errorf("list %+v", list)
	}
	r.call("case", "list", "--limit", "1", "--json").decode(t, &list)
	if len(list) != 1 {
		t.Errorf("%d cases", len(list))
	}
	r.call("case", "list", "--state", "sent").want(t, 3, `no state "sent"`, "RECEIPTED")
}

func TestCaseShow(t *testing.T) {
	r := newRig(t, "")
	r.seed()
	for _, name := range []string{string(received), "DX-11111111", "dx-11111111"} {
		var trace store.Trace
		got := r.call("case", "show", name, "--json")
		got.decode(t, &trace)
		if got.code != 0 || trace.ID != received || trace.Receipt == nil || trace.Receipt.Hub != "Test hub" || len(trace.Findings) != 1 || trace.Sealed {
			t.Errorf("%s: %+v", name, trace)
		}
		if strings.Contains(got.out, "Secret") || strings.Contains(got.out, "9990000018") {
			t.Error("the trace names the patient")
		}
	}
	r.call("case", "show", "DX-22222222").want(t, 0, "waiting to be sent", "receipt  none yet", "X17 no_ai, for certain: This model was not validated", "Source: test")
	r.call("case", "show", "DX-11111111").want(t, 0, "received by the trust", "receipt  from Test hub, key ed25519:0123456789abcdef", "batch    1 committed")
	r.call("case", "show", "DX-99999999").want(t, 4)
	r.call("case", "show", strings.Replace(string(received), "1", "9", 1)).want(t, 4)
}

func TestReconcile(t *testing.T) {
	r := newRig(t, "")
	r.call("reconcile").want(t, 5, "not running")
	d := r.daemon(map[string]any{"GET /v1/reconcile": trustsync.Report{At: moment, Device: 2, Hub: 2, Equal: 2}})
	r.call("reconcile").golden(t, "reconcile-same", 0)
	r.call("reconcile", "--json").want(t, 0, `"equal": 2`)
	d.answers["GET /v1/reconcile"] = trustsync.Report{At: moment, Device: 2, Hub: 2, Equal: 0, OnlyDevice: []appliance.CaseID{received},
		OnlyHub: []appliance.CaseID{unsent}, Different: []appliance.CaseID{refused}}
	r.call("reconcile").golden(t, "reconcile-differs", 6)
	r.call("reconcile", "--json").want(t, 6, `"only_hub"`)
	d.answers["GET /v1/reconcile"] = appliance.E(appliance.Unavailable, "The hub cannot be reached.", nil)
	r.call("reconcile").want(t, 5, "dermboxctl: The hub cannot be reached.")
}
