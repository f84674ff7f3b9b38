package config

import "strings"

// Hub is the validated configuration of dermhub. It is a value, as Config is.
type Hub struct {
	Mode    Mode   `key:"mode"`     // a demonstration's pages say so on every screen
	DataDir string `key:"data_dir"` // absolute
	Trust   string `key:"trust"`    // ODS code of the trust that the hub serves
	Name    string `key:"name"`     // as receipts and the kiosk show it

	Device HubDevice `key:"device"`
	People HubPeople `key:"people"`
	Vault  Vault     `key:"vault"`
	Log    Log       `key:"log"`

	hosts   string
	entries entries
}

// HubDevice is the listener for boxes: TLS 1.3 with client certificates for all but enrolment.
type HubDevice struct {
	Listen string `key:"listen"` // host:port
	URL    string `key:"url"`    // how boxes reach it, https; written into invites
}

// HubPeople is the listener for the trust's staff.
type HubPeople struct {
	Listen string `key:"listen"` // host:port
}

type hubFile struct {
	Hub   `key:",inline"`
	Hosts []string `key:"hosts"`
}

func hubDefaults() hubFile {
	return hubFile{
		Hub: Hub{
			Mode:    Live,
			DataDir: "/var/lib/dermhub",
			Device:  HubDevice{Listen: "127.0.0.1:8461"},
			People:  HubPeople{Listen: "127.0.0.1:8462"},
			Log:     Log{Level: "info"},
		},
		Hosts: []string{"localhost", "127.0.0.1"},
	}
}

// LoadHub reads, checks and completes the hub's configuration; its environment variables begin with DERMHUB_. A failure
// lists every problem (see Problems).
func LoadHub(o Options) (Hub, error) {
	f := hubDefaults()
	r := newReader("DERMHUB_", o)
	r.read(&f)
	f.DataDir, f.Vault.KeyFile = r.absolute(f.DataDir), r.absolute(f.Vault.KeyFile)
	within(&f.Vault.KeyFile, f.DataDir, "vault.key")
	if f.Device.URL == "" && len(f.Hosts) > 0 {
		f.Device.URL = "https://" + f.Hosts[0] + ":" + port(f.Device.Listen)
	}
	f.check(r)
	f.hosts = strings.Join(f.Hosts, ",")
	f.entries = r.entries(&f)
	return f.Hub, r.err()
}

// Hosts lists the names and addresses that the hub's certificate is for; the slice is the caller's own.
func (h Hub) Hosts() []string {
	if h.hosts == "" {
		return nil
	}
	return strings.Split(h.hosts, ",")
}

// Entries lists every setting with its value and the layer it came from, in the manual's order.
func (h Hub) Entries() []Entry { return h.entries.list() }
