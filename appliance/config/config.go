package config

import (
	"path/filepath"
	"time"

	"dermbox/appliance"
)

// Mode says whether real patients may be seen with this box.
type Mode string

// The modes. A live box refuses test-range NHS numbers and everything that the demonstration's keys signed; a demonstration
// box refuses real numbers.
const (
	Live          Mode = "live"
	Demonstration Mode = "demonstration"
)

// Config is the validated configuration of dermboxd. It is a value: a copy shares nothing that can be changed.
type Config struct {
	Mode          Mode   `key:"mode"`
	DataDir       string `key:"data_dir"`       // absolute
	KeyringDir    string `key:"keyring_dir"`    // absolute
	IdentityDir   string `key:"identity_dir"`   // absolute
	RetentionDays int    `key:"retention_days"` // days a receipted case stays on the box

	Site    Site    `key:"site"`
	Kiosk   Kiosk   `key:"kiosk"`
	Control Control `key:"control"`
	Camera  Camera  `key:"camera"`
	Capture Capture `key:"capture"`
	Workers Workers `key:"workers"`
	Model   Model   `key:"model"`
	Rules   Rules   `key:"rules"`
	Quality Quality `key:"quality"`
	Vault   Vault   `key:"vault"`
	Sync    Sync    `key:"sync"`
	Log     Log     `key:"log"`

	shutter  shutterText
	profiles string // a line for each
	entries  entries
}

// Site is where the box stands and how the service works there.
type Site struct {
	Trust     string            `key:"trust"` // ODS code of the trust
	Code      string            `key:"code"`  // ODS code of the clinic's site
	Name      string            `key:"name"`
	Room      string            `key:"room"`
	Pathway   appliance.Pathway `key:"pathway"`
	LesionCap int               `key:"lesion_cap"` // a visit with more lesions is not for a model (rule X13)
}

// Kiosk is the local web server of the clinic's screen.
type Kiosk struct {
	Listen string `key:"listen"` // loopback host:port; port 0 takes a free one
}

// Control is how dermboxctl reaches the daemon.
type Control struct {
	Socket string `key:"socket"` // absolute path of a Unix socket
}

// Camera says which dermatoscope to open. Exactly one of URL and USB is set.
type Camera struct {
	URL     string `key:"url"`      // http on loopback: the simulated dermatoscope
	USB     string `key:"usb"`      // "vendor:product" or "vendor:product:serial"
	USBPort string `key:"usb_port"` // "1-1.2": which of several that are equal; "" any
	Profile string `key:"profile"`  // signed camera profile: what it is asked for; "" none
}

// Capture says how one press of the button is served.
type Capture struct {
	Timeout time.Duration `key:"timeout"` // longest wait for a frame exposed after the press
}

// Workers are the two child processes. An empty path is the program of that name beside the daemon's own.
type Workers struct {
	Imaging   string `key:"imaging"`
	Inference string `key:"inference"`
	TFLite    string `key:"tflite"` // absolute path of libtensorflowlite_c.so; empty: lib/ beside the programs' folder
	// TFLiteSHA256 is the one SHA-256 that the library may have, in hex; empty: those that dermbox was tested with.
	TFLiteSHA256 string `key:"tflite_sha256"`
}

// Model is the model pack that judges, if any.
type Model struct {
	Pack string        `key:"pack"` // a .dermpack; empty means that no model runs
	Wait time.Duration `key:"wait"` // how long sign-off waits for a finding before it becomes "not assessed"
}

// Rules are the eligibility rules.
type Rules struct {
	File string `key:"file"` // signed, "dermbox.rules/1"
}

// Quality is the quality gate, as boxes of one profile have it: see Config.QualityProfiles.
type Quality struct {
	Profile string `key:"profile"` // signed quality profile; "" where the list names them
}

// Vault is where the key that seals patient data comes from.
type Vault struct {
	KeyFile string `key:"key_file"`
}

// Sync is sending to the trust; the hub's address comes with the enrolment, not from here.
type Sync struct {
	Enabled  bool          `key:"enabled"`
	Interval time.Duration `key:"interval"` // how often to look for work when nothing else wakes the engine
}

// Log is what the program says of itself.
type Log struct {
	Level string `key:"level"` // "debug", "info", "warn", "error"
}

// file is what the file of a box holds: Config, and the lists, which Config keeps out of reach of writers.
type file struct {
	Config  `key:",inline"`
	Gate    Gate    `key:"quality"`
	Shutter Shutter `key:"shutter"`
}

func defaults() file {
	return file{Shutter: defaultShutter(), Config: Config{
		Mode:          Live,
		DataDir:       "/var/lib/dermbox",
		RetentionDays: 30,
		Site:          Site{Pathway: appliance.CaptureOnly, LesionCap: 2},
		Kiosk:         Kiosk{Listen: "127.0.0.1:8460"},
		Capture:       Capture{Timeout: 3 * time.Second},
		Model:         Model{Wait: 20 * time.Second},
		Sync:          Sync{Enabled: true, Interval: 5 * time.Minute},
		Log:           Log{Level: "info"},
	}}
}

// Load reads, checks and completes the daemon's configuration. A failure lists every problem (see Problems).
func Load(o Options) (Config, error) {
	f := defaults()
	c := &f.Config
	r := newReader("DERMBOX_", o)
	r.read(&f)
	for _, path := range []*string{&c.DataDir, &c.KeyringDir, &c.IdentityDir, &c.Control.Socket, &c.Workers.Imaging,
		&c.Workers.Inference, &c.Workers.TFLite, &c.Model.Pack, &c.Rules.File, &c.Quality.Profile, &c.Camera.Profile, &c.Vault.KeyFile} {
		*path = r.absolute(*path)
	}
	within(&c.KeyringDir, c.DataDir, "keyring")
	within(&c.IdentityDir, c.DataDir, "identity")
	within(&c.Control.Socket, c.DataDir, "dermboxd.sock")
	within(&c.Vault.KeyFile, c.DataDir, "vault.key")
	f.Gate.check(r, c.Quality) // as they were written, an empty name among them
	for i, path := range f.Gate.Profiles {
		f.Gate.Profiles[i] = r.absolute(path)
	}
	c.check(r)
	f.Shutter.check(r)
	c.profiles, c.shutter, c.entries = f.Gate.text(c.Quality), f.Shutter.text(), r.entries(&f)
	return *c, r.err()
}

func within(path *string, dir, name string) {
	if *path == "" {
		*path = filepath.Join(dir, name)
	}
}

// Facts gives the site as the case records it.
func (c Config) Facts() appliance.Site {
	return appliance.Site{Trust: c.Site.Trust, Code: c.Site.Code, Name: c.Site.Name, Room: c.Site.Room, Pathway: c.Site.Pathway}
}

// IsLive says whether real patients may be seen.
func (c Config) IsLive() bool { return c.Mode == Live }

// Entries lists every setting with its value and the layer it came from, in the manual's order.
func (c Config) Entries() []Entry { return c.entries.list() }

// Database is the path of the case store.
func (c Config) Database() string { return filepath.Join(c.DataDir, "cases.db") }

// VaultDir is the folder of the vault's own file; the key that opens it is Vault.KeyFile.
func (c Config) VaultDir() string { return c.DataDir }

// ImagesDir is the folder of the sealed images.
func (c Config) ImagesDir() string { return filepath.Join(c.DataDir, "images") }

// ModelsDir is the folder of the installed model packs.
func (c Config) ModelsDir() string { return filepath.Join(c.DataDir, "models") }
