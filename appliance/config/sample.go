package config

import _ "embed" // the manual is part of the program

//go:embed dermboxd.yaml
var sample string

//go:embed dermhub.yaml
var hubSample string

// Sample gives the commented dermboxd.yaml, the manual of every setting.
func Sample() string { return sample }

// HubSample gives the commented dermhub.yaml.
func HubSample() string { return hubSample }
