package cmd_test

// leaves are the packages that all others may import.
var leaves = []string{"appliance", "appliance/text", "appliance/durable", "appliance/signed"}

// rule says what the packages of a folder may import of ours besides the leaves. The longest matching folder decides.
type rule struct {
	from     string
	may      []string
	noLeaves bool
	because  string
}

const (
	nativeSide = "camera, inference and firmware are reached by small interfaces, so that each can be tested, replaced and " +
		"run in a process of its own: they know their own folder, the leaves, appliance/worker and appliance/figure"
	deviceSide = "sending knows the protocol (sync/wire) and what it needs of the store by its own interface, so that the " +
		"device's database and the hub can each change alone"
	hubSide = "the hub shares the protocol and the device's tools for sealing, audit, settings and supervision, and " +
		"nothing of the clinic's side"
	screens = "screens declare the few methods that they need and are wired by appliance/daemon or sync/hub/server, so " +
		"that no page can reach around the rules of a visit"
	storeSide = "packages below appliance keep cases: they know each other and the sync's data types, never cameras, " +
		"models, screens or the network"
)

var rules = []rule{
	{from: "appliance", noLeaves: true, because: "these are the shared words: whatever they imported, everything would import"},
	{from: "appliance/text", may: []string{"appliance"}, noLeaves: true, because: "a leaf knows the shared words only"},
	{from: "appliance/durable", may: []string{"appliance"}, noLeaves: true, because: "a leaf knows the shared words only"},
	{from: "appliance/signed", may: []string{"appliance"}, noLeaves: true, because: "a leaf knows the shared words only"},
	{from: "appliance/figure", noLeaves: true, because: "counting and drawing are arithmetic"},
	{from: "appliance/eligibility", may: []string{"appliance/eligibility/..."}, because: "the rules of who a model may judge " +
		"are a pure function of the case: no store, no camera, no model"},
	{from: "appliance/...", may: []string{"appliance/...", "sync/wire"}, because: storeSide},
	{from: "appliance/intake", may: []string{"appliance/eligibility", "appliance/audit", "camera", "camera/quality", "inference"},
		because: "intake is where frames, findings and cases meet; how each is made and kept is behind its interfaces"},
	{from: "appliance/daemon", may: []string{"..."}, because: "the composition root may import everything"},

	{from: "camera/...", may: []string{"camera/...", "appliance/worker", "appliance/figure"}, because: nativeSide},
	{from: "inference/...", may: []string{"inference/...", "appliance/worker", "appliance/figure"}, because: nativeSide},
	{from: "firmware/...", may: []string{"firmware/...", "appliance/worker"}, because: nativeSide},
	{from: "firmware/provision", may: []string{"firmware/...", "sync/wire"}, because: deviceSide},

	{from: "sync/...", may: []string{"sync", "sync/client", "sync/wire"}, because: deviceSide},
	{from: "sync/hub/...", may: []string{"sync/hub/...", "sync/wire", "appliance/vault", "appliance/audit",
		"appliance/config", "appliance/supervise", "appliance/health"}, because: hubSide},
	{from: "sync/hub/server", may: []string{"sync/...", "ui/...", "appliance/vault", "appliance/audit", "appliance/config",
		"appliance/supervise", "appliance/health"}, because: hubSide},

	{from: "ui/...", may: []string{"ui/..."}, because: screens},

	{from: "cmd/...", may: []string{"..."}, because: "a program wires what it runs"},
	{from: "cmd/dermbox-imaging", may: []string{"camera/...", "appliance/worker", "cmd/internal/..."},
		because: "the imaging worker sees frames and nothing of patients"},
	{from: "cmd/dermbox-inference", may: []string{"inference/...", "appliance/worker", "cmd/internal/..."},
		because: "the inference worker sees pixels and models and nothing of patients"},
}

// owner says which folders alone may import a package that is not ours.
type owner struct {
	path    string
	by      []string
	because string
}

var owners = []owner{
	{path: "gocv.io/x/gocv/...", by: []string{"camera/opencv/..."}, because: "OpenCV is linked by dermbox-imaging alone, through " +
		"camera/opencv: it brings 244 libraries, and a crash in it must not take the daemon along"},
	{path: "github.com/mattn/go-sqlite3/...", by: []string{"appliance/...", "sync/hub/..."}, because: "only the stores open databases"},
	{path: "github.com/spf13/cobra/...", by: []string{"cmd/..."}, because: "command lines are the programs' own"},
	{path: "github.com/spf13/viper/...", by: []string{"appliance/config"}, because: "settings are read once, checked and then " +
		"handed on as values"},
	{path: "log", by: nil, because: "logs go through the injected log/slog logger"},
}

// mayUseCgo lists the only packages of ours with C in them.
var mayUseCgo = []string{"camera/opencv", "inference/tflite"}

// nativeAllowed lists, for each program, the packages with cgo that are not of the standard library and that it may link.
var nativeAllowed = map[string][]string{
	"dermboxd":          {"github.com/mattn/go-sqlite3"},
	"dermboxctl":        {"github.com/mattn/go-sqlite3"},
	"dermhub":           {"github.com/mattn/go-sqlite3"},
	"dermbox-demo":      {},
	"dermbox-imaging":   {"gocv.io/x/gocv", "dermbox/camera/opencv"},
	"dermbox-inference": {"dermbox/inference/tflite"},
}
