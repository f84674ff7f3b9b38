package demo

import (
	"net"
	"strconv"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// Ports are the places on the loopback interface where the demonstration's programs listen.
type Ports struct {
	Kiosk     int // the box's pages
	HubDevice int // the hub's listener for devices
	HubPeople int // the hub's listener for people
	Scope     int // the simulated dermatoscope
}

// DefaultPorts are the ports that the README names.
func DefaultPorts() Ports { return Ports{Kiosk: 8460, HubDevice: 8461, HubPeople: 8462, Scope: 8470} }

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// requireFree gives an Unavailable error that names the port, what it is for and the variable that moves it, if something
// listens there.
func requireFree(port int, what, variable string) error {
	listener, err := net.Listen("tcp", address(port))
	if err != nil {
		return appliance.E(appliance.Unavailable, "demo.port_in_use", err, "port", strconv.Itoa(port),
			"what", text.T("demo.listener."+what, nil), "variable", variable, "other", strconv.Itoa(port+100))
	}
	return listener.Close()
}
