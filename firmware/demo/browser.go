package demo

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// Browser goes through pages as a browser does: it keeps cookies, follows redirects, sends a form's hidden fields back, and
// tells the server the page that it comes from.
type Browser struct {
	base   *url.URL
	client *http.Client
}

// NewBrowser makes a browser for the pages below base; trust holds the certificates that it believes, nil for the system's.
func NewBrowser(base string, trust *tls.Config) (*Browser, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{TLSClientConfig: trust, DisableKeepAlives: true}
	return &Browser{base: u, client: &http.Client{Jar: jar, Transport: transport, Timeout: 40 * time.Second}}, nil
}

// Get opens a page; its address may be relative.
func (b *Browser) Get(ctx context.Context, address string) (*Page, error) {
	return b.load(ctx, http.MethodGet, address, nil, "")
}

// Bytes fetches what is no page, for example an image of the page.
func (b *Browser) Bytes(ctx context.Context, address string) ([]byte, error) {
	response, err := b.do(ctx, http.MethodGet, address, nil, "")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", address, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, 64<<20))
}

// Submit sends a form of the page, by its submit button of that name and value if it has one.
func (b *Browser) Submit(ctx context.Context, p *Page, f *Form) (*Page, error) {
	target, err := p.URL.Parse(f.Action)
	if err != nil {
		return nil, err
	}
	if f.Method != http.MethodPost {
		target.RawQuery = f.Values.Encode()
		return b.load(ctx, http.MethodGet, target.String(), nil, p.URL.String())
	}
	return b.load(ctx, http.MethodPost, target.String(), f.Values, p.URL.String())
}

func (b *Browser) load(ctx context.Context, method, address string, values url.Values, from string) (*Page, error) {
	response, err := b.do(ctx, method, address, values, from)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	page, err := ParsePage(response.Request.URL, response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 400 {
		said := page.Alert
		if said == "" {
			said = page.Text
		}
		return page, fmt.Errorf("%s answered %s: %s", response.Request.URL.Path, response.Status, short(said))
	}
	return page, nil
}

func (b *Browser) do(ctx context.Context, method, address string, values url.Values, from string) (*http.Response, error) {
	target, err := b.base.Parse(address)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", b.base.Scheme+"://"+b.base.Host)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if from != "" {
		request.Header.Set("Referer", from)
	}
	return b.client.Do(request)
}

// short cuts a page's text for an error message.
func short(text string) string {
	if len(text) > 300 {
		return text[:300] + "..."
	}
	return text
}
