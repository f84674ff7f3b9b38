package appliance

// ModelActs are what can be done to the model packs of a box, as its records and its audit trail name them.
const (
	ModelInstall  = "model.install"  // a pack was put on the shelf
	ModelActivate = "model.activate" // a pack of the shelf was made the one that judges
	ModelRollback = "model.rollback" // the one before it was made so again
	ModelRemove   = "model.remove"   // a pack was taken off the shelf
)

// ModelAct is one thing that was done to the model packs of a box, or refused. The newest activation or rollback that succeeded
// says which pack judges: its record is the activation.
type ModelAct struct {
	Action   string   `json:"action"`
	Outcome  string   `json:"outcome"`           // "ok", or the code of the error
	Key      string   `json:"key,omitempty"`     // why it was refused, a key of the catalogue
	Model    ModelRef `json:"model,omitzero"`    // what it was done to; empty for a file that is no pack
	Previous ModelRef `json:"previous,omitzero"` // that judged before
	Actor    string   `json:"actor"`             // "dermboxd", or "uid:" and the number of who asked
	Reason   string   `json:"reason,omitempty"`  // the code that they gave, for example of a change request
	At       Stamp    `json:"at"`
}

// OK says whether it was done.
func (a ModelAct) OK() bool { return a.Outcome == "ok" }

// InForce says whether it made its model the one that judges.
func (a ModelAct) InForce() bool {
	return a.OK() && (a.Action == ModelActivate || a.Action == ModelRollback)
}
