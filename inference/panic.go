package inference

import (
	"log/slog"

	"dermbox/appliance"
)

// spawn runs a part of Serve that Serve waits for. A panic in it ends Serve and its worker with an error, and not the program: the
// clinic works on without a model until the service was started again.
func (c *Client) spawn(end func(error), part func()) {
	c.running.Go(func() {
		defer c.caught(end)
		part()
	})
}

// caught ends Serve with the panic of the function that deferred it, if there is one.
func (c *Client) caught(end func(error)) {
	if failure := appliance.Caught(recover()); failure != nil {
		c.o.Log.Error("the model's service panicked", slog.String("type", failure.Type), slog.Any("where", failure.Where))
		end(failure)
	}
}
