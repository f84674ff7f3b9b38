package config

import (
	"strings"

	"github.com/spf13/pflag"
)

// AddFlags adds a flag for each named setting of the daemon, for all if none is named: --kiosk-listen for kiosk.listen. Load
// finds them by name. An unknown name panics: it is a fault in the program.
func AddFlags(set *pflag.FlagSet, keys ...string) {
	c := defaults()
	addFlags(set, fields(&c), keys)
}

// AddHubFlags does for the hub's settings what AddFlags does for the daemon's.
func AddHubFlags(set *pflag.FlagSet, keys ...string) {
	f := hubDefaults()
	addFlags(set, fields(&f), keys)
}

func addFlags(set *pflag.FlagSet, known []field, keys []string) {
	all := len(keys) == 0
	wanted := map[string]bool{}
	for _, k := range keys {
		wanted[k] = true
	}
	for _, f := range known {
		if all || wanted[f.key] {
			set.String(flagName(f.key), "", "setting "+f.key)
			delete(wanted, f.key)
		}
	}
	for k := range wanted {
		panic("config: no setting " + k)
	}
}

func flagName(key string) string { return strings.NewReplacer(".", "-", "_", "-").Replace(key) }
