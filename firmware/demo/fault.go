package demo

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// ScopeFault has the simulated dermatoscope fail in a way that dermbox-imaging control knows by name; "none" ends it.
func (d *Demo) ScopeFault(ctx context.Context, fault string) error {
	body := strings.NewReader(`{"fault":` + strconv.Quote(fault) + `}`)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.ScopeURL()+"/control", body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: the scope is on this machine
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the simulated dermatoscope answered %s to the fault %s", response.Status, fault)
	}
	return nil
}
