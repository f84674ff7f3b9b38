// Package e2e looks at the kiosk's pages in a real browser: headless Chromium, driven by chromedp. It is a module of its own, so
// that no program and no other test depends on a browser.
package e2e
