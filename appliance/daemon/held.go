package daemon

import (
	"context"

	"dermbox/appliance"
	"dermbox/appliance/store"
	"dermbox/sync/wire"
)

// receipted are the states in which the device holds the trust's receipt.
var receipted = []appliance.State{appliance.Receipted, appliance.Purgeable}

// page is how many cases are read at once for a comparison with the hub.
const page = 500

// held lists what the device has receipts for, with the digests that it would send again: one side of reconcile.
func (x *box) held(ctx context.Context) ([]wire.ReconcileCase, error) {
	var all []wire.ReconcileCase
	for offset := 0; ; offset += page {
		list, err := x.store.List(ctx, store.Filter{States: receipted, Limit: page, Offset: offset})
		if err != nil {
			return nil, err
		}
		for _, line := range list {
			one, err := x.heldCase(ctx, line.ID)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		if len(list) < page {
			return all, nil
		}
	}
}

func (x *box) heldCase(ctx context.Context, id appliance.CaseID) (wire.ReconcileCase, error) {
	c, err := x.store.Case(ctx, id)
	if err != nil {
		return wire.ReconcileCase{}, err
	}
	trace, err := x.store.Trace(ctx, id)
	if err != nil {
		return wire.ReconcileCase{}, err
	}
	raw, err := wire.CaseJSON(c)
	if err != nil {
		return wire.ReconcileCase{}, err
	}
	one := wire.ReconcileCase{ID: id, Version: c.Version, Parts: wire.EntryOf(c, raw, false).Parts}
	if trace.Receipt != nil {
		one.ManifestDigest = trace.Receipt.ManifestDigest
	}
	if trace.Received != nil {
		one.ReceivedAt = *trace.Received
	}
	return one, nil
}
