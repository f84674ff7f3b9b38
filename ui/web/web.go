// Package web holds the pages' templates and static files, embedded, and renders them for the kiosk and for the hub.
//
// Pages are rendered on the server. Static files have addresses that change with their content, so that they may be cached for
// ever; pages are never cached, since they name patients.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // people see London time wherever the program runs

	"dermbox/appliance"
	"dermbox/appliance/text"
)

//go:embed static templates
var files embed.FS

// StaticPrefix is the path under which Static serves.
const StaticPrefix = "/static/"

// asset is one static file under its content's name.
type asset struct {
	url  string
	body []byte
	kind string
}

// assets is read once; a file that cannot be read is a fault of the build, found by the package's test.
var assets = sync.OnceValue(func() map[string]asset {
	all := map[string]asset{}
	entries, err := fs.ReadDir(files, "static")
	if err != nil {
		panic("web: " + err.Error())
	}
	for _, e := range entries {
		body, err := files.ReadFile("static/" + e.Name())
		if err != nil {
			panic("web: " + err.Error())
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(e.Name())
		hashed := strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		all[e.Name()] = asset{url: StaticPrefix + hashed, body: body, kind: mime.TypeByExtension(ext)}
	}
	return all
})

// AssetURL gives the address of a static file by its plain name.
func AssetURL(name string) (string, error) {
	a, ok := assets()[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return a.url, nil
}

// Static serves the static files under StaticPrefix.
func Static() http.Handler {
	byURL := map[string]asset{}
	for _, a := range assets() {
		byURL[a.url] = a
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := byURL[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", a.kind)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Write(a.body)
	})
}

// Views are the parsed pages of one area.
type Views struct{ pages map[string]*template.Template }

// Load parses the pages of an area ("kiosk", "hub"), each with the layout and the shared parts.
func Load(area string) (*Views, error) {
	base, err := template.New("layout.html").Funcs(functions).ParseFS(files, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "templates/"+area+"/*.html")
	if err != nil {
		return nil, err
	}
	v := &Views{pages: map[string]*template.Template{}}
	for _, name := range names {
		page, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if _, err := page.ParseFS(files, name); err != nil {
			return nil, err
		}
		v.pages[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	return v, nil
}

// Render writes a page. It is rendered whole before the first byte goes out, so that a fault gives an error page and never
// half a form.
func (v *Views) Render(w http.ResponseWriter, status int, name string, data any) error {
	page, ok := v.pages[name]
	if !ok {
		return fmt.Errorf("no page %q", name)
	}
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "layout.html", data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := b.WriteTo(w)
	return err
}

// london is the zone in which people see times.
var london = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return time.UTC
	}
	return zone
})

var functions = template.FuncMap{
	"asset": AssetURL,
	"t":     translate,
	"list":  func(items ...string) []string { return items },
	"dict":  dict,
	"time":  func(t time.Time) string { return t.In(london()).Format("02-Jan-2006 15:04") },
	"clock": func(t time.Time) string { return t.In(london()).Format("15:04") },
	"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"pct":   func(p float64) string { return fmt.Sprintf("%.1f %%", 100*p) },
	"num":   func(v float64) string { return fmt.Sprintf("%.4g", v) },
	"site":  func(code appliance.SiteCode) string { return text.T("site."+string(code), nil) },
	"has": func(list []string, item string) bool {
		return strings.Contains("|"+strings.Join(list, "|")+"|", "|"+item+"|")
	},
	"short":  func(digest string) string { return digest[:min(len(digest), 23)] },
	"nhs":    func(n appliance.NHSNumber) string { return n.String() },
	"upper":  strings.ToUpper, // NHS CUI: the family name stands in capitals (PAB-0050)
	"reason": reason,
	"mark":   func(m appliance.ModelRef) string { return text.Mark(appliance.NotForClinicalUse(m)) },
	"hits":   Hits,
	"string": func(v any) string { return fmt.Sprint(v) },
}

// reason gives why a lesion was not assessed in words: the reason is a key of the catalogue or the id of a rule.
func reason(r string) string {
	if text.Has(r) {
		return text.T(r, nil)
	}
	return text.T("rules."+r, nil)
}

// translate gives a key's sentence; pairs are placeholder and value.
func translate(key string, pairs ...string) (string, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("placeholder without a value for %q", key)
	}
	params := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	return text.T(key, params), nil
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: key without a value")
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: key %v is not text", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}
