package web_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"dermbox/appliance/text"
	"dermbox/ui/web"
)

func eachFile(t *testing.T, root, ending string, look func(name, body string)) {
	t.Helper()
	found := 0
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ending) {
			return err
		}
		body, err := os.ReadFile(root + "/" + name)
		found++
		look(name, string(body))
		return err
	})
	if err != nil || found == 0 {
		t.Fatalf("%d files of %s read: %v", found, ending, err)
	}
}

// TestEveryKeyInATemplateHasASentence finds the literal keys, and for keys made with printf that the catalogue knows their
// beginning.
func TestEveryKeyInATemplateHasASentence(t *testing.T) {
	literal, made := regexp.MustCompile(`\bt "([^"]+)"`), regexp.MustCompile(`printf "([a-z_.]+)%s"`)
	found := 0
	eachFile(t, "templates", ".html", func(name, body string) {
		for _, m := range literal.FindAllStringSubmatch(body, -1) {
			found++
			if !text.Has(m[1]) {
				t.Errorf("%s: no sentence for %q", name, m[1])
			}
		}
		for _, m := range made.FindAllStringSubmatch(body, -1) {
			found++
			if !strings.Contains("\n"+strings.Join(text.Keys(), "\n"), "\n"+m[1]) {
				t.Errorf("%s: no sentence begins with %q", name, m[1])
			}
		}
	})
	if found < 100 {
		t.Errorf("only %d keys found: the scan no longer sees the templates", found)
	}
}

// TestTemplatesHoldNothingInline: the policy would refuse it, and text belongs in the catalogue.
func TestTemplatesHoldNothingInline(t *testing.T) {
	inline := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|<style|<script(?:>|\s[^>]*>[^<])|javascript:|https?://`)
	words := regexp.MustCompile(`>[^<{]*[A-Za-z]{3,}[^<{]*<`)
	eachFile(t, "templates", ".html", func(name, body string) {
		if m := inline.FindString(body); m != "" {
			t.Errorf("%s: %q", name, m)
		}
		plain := regexp.MustCompile(`\{\{[^}]*\}\}`).ReplaceAllString(body, "{")
		for _, m := range words.FindAllString(plain, -1) {
			if !strings.Contains(m, "dermbox") {
				t.Errorf("%s: text outside the catalogue: %q", name, m)
			}
		}
	})
}

// TestScriptsKeepToThePolicy: no string becomes markup or code, and nothing is kept in the browser.
func TestScriptsKeepToThePolicy(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|localStorage|sessionStorage|indexedDB|document\.cookie|https?://`)
	size := 0
	eachFile(t, "static", ".js", func(name, body string) {
		size += len(body)
		if m := forbidden.FindString(body); m != "" {
			t.Errorf("%s: %s", name, m)
		}
	})
	if size > 30<<10 {
		t.Errorf("the scripts have %d bytes, 30 KB are allowed", size)
	}
}

func TestStylesBringNothingFromElsewhere(t *testing.T) {
	eachFile(t, "static", ".css", func(name, body string) {
		for _, forbidden := range []string{"url(", "@import", "@font-face", "Frutiger"} {
			if strings.Contains(body, forbidden) && !strings.Contains(body, "no "+forbidden) {
				t.Errorf("%s: %s", name, forbidden)
			}
		}
	})
}

func TestBothSitesLoad(t *testing.T) {
	for _, site := range []string{"kiosk", "hub"} {
		if _, err := web.Load(site); err != nil {
			t.Errorf("%s: %v", site, err)
		}
	}
}

func TestAssetURLChangesWithTheContent(t *testing.T) {
	url, err := web.AssetURL("app.css")
	if err != nil || !regexp.MustCompile(`^/static/app\.[0-9a-f]{12,}\.css$`).MatchString(url) {
		t.Errorf("%q, %v", url, err)
	}
	if _, err := web.AssetURL("none.css"); err == nil {
		t.Error("an asset that is not there has an address")
	}
}
