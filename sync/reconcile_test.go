package trustsync_test

import (
	"testing"

	"dermbox/appliance"
	trustsync "dermbox/sync"
	"dermbox/sync/wire"
)

func TestCompare(t *testing.T) {
	item := func(id, sum string) wire.ReconcileCase {
		return wire.ReconcileCase{ID: appliance.CaseID(id), Version: 1, Parts: []wire.Part{{SHA256: sum, Size: 1}}}
	}
	amended := item("a", "3")
	amended.Version = 2
	cases := []struct {
		name                             string
		device, hub                      []wire.ReconcileCase
		equal, onlyDevice, onlyHub, diff int
	}{
		{name: "nothing"},
		{"equal", []wire.ReconcileCase{item("a", "1"), item("b", "2")}, []wire.ReconcileCase{item("b", "2"), item("a", "1")}, 2, 0, 0, 0},
		{"the hub forgot", []wire.ReconcileCase{item("a", "1")}, nil, 0, 1, 0, 0},
		{"the receipt is on its way", nil, []wire.ReconcileCase{item("a", "1")}, 0, 0, 1, 0},
		{"other content", []wire.ReconcileCase{item("a", "1")}, []wire.ReconcileCase{item("a", "2")}, 0, 0, 0, 1},
		{"an amendment is a case of its own", []wire.ReconcileCase{item("a", "1"), amended}, []wire.ReconcileCase{item("a", "1")}, 1, 1, 0, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := trustsync.Compare(c.device, c.hub)
			if r.Equal != c.equal || len(r.OnlyDevice) != c.onlyDevice || len(r.OnlyHub) != c.onlyHub || len(r.Different) != c.diff ||
				r.Device != len(c.device) || r.Hub != len(c.hub) || r.Agrees() != (c.onlyDevice+c.onlyHub+c.diff == 0) {
				t.Errorf("%+v", r)
			}
		})
	}
}
