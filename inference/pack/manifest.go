package pack

import (
	"slices"
	"strconv"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference/preprocess"
)

// Schema is the version of the manifest's form.
const Schema = "dermbox.model/1"

// Status is how far a model has come. Only an approved one is for clinical use.
type Status string

// The statuses.
const (
	Simulation    Status = "simulation"    // trained on drawings: shows that the line works
	Demonstration Status = "demonstration" // trained on public photographs
	Evaluation    Status = "evaluation"    // under a study's protocol
	Approved      Status = "approved"      // a registered medical device
)

// Activation says what the model's output tensor holds.
type Activation string

// The activations. The first two are probabilities already; the others are made into them, after division by Temperature.
const (
	Softmax       Activation = "softmax"        // exclusive probabilities, sum 1
	Sigmoid       Activation = "sigmoid"        // independent probabilities
	LogitsSoftmax Activation = "logits-softmax" // to be passed through softmax
	LogitsSigmoid Activation = "logits-sigmoid" // to be passed through the logistic function
)

// Manifest says what a model is, what goes in, what comes out and what it may be used for.
type Manifest struct {
	signed.Header                   // Schema, ID, Version, IssuedAt, ExpiresAt
	Name          string            `json:"name"`
	Status        Status            `json:"status"`
	IntendedUse   string            `json:"intended_use"`
	Members       []Member          `json:"members"`       // the other members, in the pack's order
	Preprocessing string            `json:"preprocessing"` // preprocess.Version that it was trained and judged with
	Input         preprocess.Spec   `json:"input"`
	Output        Output            `json:"output"`
	Hierarchy     []appliance.Class `json:"hierarchy"`    // most severe first; every class that a label maps to
	NotAssessed   []appliance.Class `json:"not_assessed"` // classes of the vocabulary that this model cannot tell
	Optics        []Optics          `json:"optics"`       // what it was validated with; all else is refused (rule X17)
	MinRuntime    string            `json:"min_runtime"`  // lowest TFLite version, for example "2.20.0"
	Licences      map[string]string `json:"licences"`     // what of -> SPDX identifier or sentence
	// Pathways are the pathway models that it may be used in (domain 1.2). In any other the box works as in CAPTURE_ONLY.
	Pathways   []appliance.Pathway `json:"pathways"`
	Device     *Device             `json:"device,omitempty"` // required of an approved one
	Tolerance  float64             `json:"golden_tolerance"`
	Provenance map[string]string   `json:"provenance,omitempty"` // how it was made: data, seeds, tool versions
}

// Member is a file of the pack that the manifest vouches for.
type Member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // lower-case hex
}

// Output says how to read the model's answer.
type Output struct {
	Labels      []string           `json:"labels"` // in the tensor's order
	Activation  Activation         `json:"activation"`
	Temperature float64            `json:"temperature,omitempty"` // of the logits; 0 means 1
	Classes     map[string]Mapping `json:"classes"`               // per label
	// Distribution says when a picture is too unlike the model's own to be judged (rule X19); nil: only an empty set says so.
	Distribution *Distribution `json:"out_of_distribution,omitempty"`
}

// Distribution is a rule for pictures that the model cannot judge, as data.
type Distribution struct {
	Method string  `json:"method"` // MaxProbability or FeatureResidual
	Limit  float64 `json:"limit"`  // of the method's score; a score above it: the picture cannot be judged

	// Of FeatureResidual alone, 0 with any other method.
	Features   int     `json:"features,omitempty"`   // values of the model's second output, another number than the labels'
	Directions int     `json:"directions,omitempty"` // rows of the basis in features.bin
	Tolerance  float64 `json:"tolerance,omitempty"`  // how far a known answer's score may be off on another processor, at most a tenth of Limit
	Transform  string  `json:"transform,omitempty"`  // of the features before all else: Hellinger, or "" for none
}

// The methods.
const (
	// MaxProbability scores one less the largest probability of any label, 0 to 1.
	MaxProbability = "max_probability"
	// FeatureResidual scores how much of the picture's features lies outside of what the training pictures have in common: see Features.
	FeatureResidual = "feature_residual"
)

// Hellinger takes the square root of each feature's share of their sum, so that the vector has length 1 (as RootSIFT does): what
// counts is which features a picture has and not how many in all. Without it a blank picture, whose features are all small, lies near
// the mean. Features below 0 count as 0.
const Hellinger = "hellinger"

// FeatureCount is the number of values of the model's second output; 0 if the model has none that is read.
func (m *Manifest) FeatureCount() int {
	if d := m.Output.Distribution; d != nil && d.Method == FeatureResidual {
		return d.Features
	}
	return 0
}

// Device names the registered medical device that a model is (UK MDR 2002; GS1, HIBCC or ICCBBA form).
type Device struct {
	Manufacturer string `json:"manufacturer"`
	UDIDI        string `json:"udi_di"`           // device identifier
	UDIPI        string `json:"udi_pi,omitempty"` // production identifier: the software's version
}

// Mapping is what one label stands for, and from which probability on it counts.
type Mapping struct {
	// Class of the vocabulary. "" is a label for pictures that show nothing the model knows: it never enters the set of
	// classes, and no class at all over its threshold means "cannot judge".
	Class     appliance.Class `json:"class,omitempty"`
	Threshold float64         `json:"threshold"` // 0 to 1; the label counts when its probability is not below
}

// Optics is a validated combination of camera and dermatoscope.
type Optics struct {
	ID            appliance.OpticsID `json:"id"`
	FieldFraction float64            `json:"field_fraction"` // side of the square to judge over the picture's shorter side
}

// OpticsFor gives the entry of an optics id.
func (m *Manifest) OpticsFor(id appliance.OpticsID) (Optics, bool) {
	i := slices.IndexFunc(m.Optics, func(o Optics) bool { return o.ID == id })
	if i < 0 {
		return Optics{}, false
	}
	return m.Optics[i], true
}

// Ref names the model for a finding; digest is that of the manifest's exact bytes, engine may be empty.
func (m *Manifest) Ref(digest, engine string) appliance.ModelRef {
	return appliance.ModelRef{
		ID: m.ID, Version: strconv.Itoa(m.Version), Digest: digest, Status: string(m.Status), Engine: engine,
	}
}

func (m *Manifest) member(name string) (Member, bool) {
	i := slices.IndexFunc(m.Members, func(f Member) bool { return f.Name == name })
	if i < 0 {
		return Member{}, false
	}
	return m.Members[i], true
}
