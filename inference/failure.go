package inference

import (
	"errors"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// explain gives a failure of the worker the key of what it means for a lesion.
func explain(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*appliance.Error](err)
	switch {
	case !ok:
		return appliance.E(appliance.Internal, "inference.worker", err)
	case strings.HasPrefix(e.Key, "inference."):
		return e
	case e.Key == worker.KeyNotReady:
		return appliance.E(appliance.Unavailable, "inference.not_ready", err)
	case e.Key == worker.KeyDeadline, e.Key == worker.KeyStalled:
		return appliance.E(appliance.Unavailable, "inference.deadline", err)
	}
	d, ok := errors.AsType[*worker.Death](err)
	switch {
	case !ok:
		return appliance.E(appliance.Unavailable, "inference.worker", err)
	case d.CPU:
		return appliance.E(appliance.Unavailable, "inference.worker.cpu", err)
	case d.Memory:
		return appliance.E(appliance.Unavailable, "inference.worker.memory", err)
	}
	return appliance.E(appliance.Unavailable, "inference.worker.crashed", err, "signal", ending(d))
}

// explainLoad gives a failure before the model had passed its self-test the key of what it means for the model.
func explainLoad(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*appliance.Error](explain(err))
	if !ok {
		return err
	}
	switch e.Key {
	case "inference.deadline", "inference.worker.cpu":
		return appliance.E(appliance.Unavailable, "inference.model.timeout", err)
	case "inference.worker.memory":
		return appliance.E(appliance.Unavailable, "inference.model.memory", err)
	case "inference.worker.crashed":
		return appliance.E(appliance.Unavailable, "inference.model.crashed", err, "signal", e.Params["signal"])
	}
	return e
}

// ending names how a worker ended: its signal, or the exit status.
func ending(d *worker.Death) string {
	if d.Signal != "" {
		return d.Signal
	}
	return d.Message
}

// passing says whether a worker's failure may be over with the next worker: it died or was slow.
func passing(key string) bool {
	switch key {
	case "inference.deadline", "inference.model.timeout", "inference.model.memory", "inference.model.crashed":
		return true
	}
	return key == "inference.worker" || strings.HasPrefix(key, "inference.worker.")
}
