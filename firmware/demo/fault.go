package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// ScopeFault has the simulated dermatoscope fail in a way that dermbox-imaging control knows by name; "none" ends it.
func (d *Demo) ScopeFault(ctx context.Context, fault string) error {
	_, err := d.scopeSays(ctx, http.MethodPost, "/control", `{"fault":`+strconv.Quote(fault)+`}`)
	return err
}

// scopeSays asks the simulated dermatoscope and gives its answer.
func (d *Demo) scopeSays(ctx context.Context, method, path, body string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, d.ScopeURL()+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: the scope is on this machine
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the simulated dermatoscope answered %s to %s", response.Status, body)
	}
	return io.ReadAll(io.LimitReader(response.Body, 64<<10))
}
