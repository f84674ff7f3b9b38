package store

import (
	"slices"

	"dermbox/appliance"
)

// moves gives, for each state, the states that may follow it. What is not here is refused. A visit goes forward only, and
// may correct an earlier step without leaving the state that it has reached; it is signed off once the history is there.
func moves(from appliance.State) []appliance.State {
	switch from {
	case appliance.Draft:
		return []appliance.State{appliance.Identified, appliance.Abandoned}
	case appliance.Identified:
		return []appliance.State{appliance.Consented, appliance.HistoryDone, appliance.Abandoned}
	case appliance.Consented:
		return []appliance.State{appliance.HistoryDone, appliance.Capturing, appliance.Abandoned}
	case appliance.HistoryDone:
		return []appliance.State{appliance.Capturing, appliance.Queued, appliance.Abandoned}
	case appliance.Capturing:
		return []appliance.State{appliance.Queued, appliance.Abandoned}
	case appliance.Queued:
		return []appliance.State{appliance.Sending, appliance.Quarantined, appliance.Receipted} // back when only another trust could take it
	case appliance.Sending:
		return []appliance.State{appliance.Receipted, appliance.Quarantined, appliance.Queued} // back when its batch was refused
	case appliance.Receipted:
		return []appliance.State{appliance.Purgeable, appliance.Queued} // back when the hub has lost it
	case appliance.Purgeable:
		return []appliance.State{appliance.Purged, appliance.Queued}
	case appliance.Quarantined:
		return []appliance.State{appliance.Queued} // a person has mended what was wrong
	}
	return nil
}

// CanMove says whether a case may go from one state to another. Staying in an open state is a move: each step of a visit
// may be corrected.
func CanMove(from, to appliance.State) bool {
	return from == to && from.Open() || slices.Contains(moves(from), to)
}

func checkMove(from, to appliance.State) error {
	if CanMove(from, to) {
		return nil
	}
	return appliance.E(appliance.Conflict, "storage.case.state", nil, "from", string(from), "to", string(to))
}
