package demo

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Page is a page as a browser holds it: its address, title, text and forms.
type Page struct {
	URL   *url.URL
	Title string
	Text  string // all that a person reads on it, spaces joined
	Forms []*Form
	Links []string // href of each link, in order
	Alert string   // what the page marks as role="alert", "" if nothing
}

// Form gives the page's form whose action ends with suffix; the error names the page and the forms that it has.
func (p *Page) Form(suffix string) (*Form, error) {
	var actions []string
	for _, f := range p.Forms {
		target, err := p.URL.Parse(f.Action)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(target.Path, suffix) {
			return f, nil
		}
		actions = append(actions, target.Path)
	}
	return nil, fmt.Errorf("the page %s (%s) has no form for %s, it has %q; it says: %s", p.URL.Path, p.Title, suffix, actions, short(p.Text))
}

// Has says whether the page has a form whose action ends with suffix.
func (p *Page) Has(suffix string) bool {
	_, err := p.Form(suffix)
	return err == nil
}

// Form is a form on a page. Values start as the page shows them: hidden fields, typed values, checked boxes, chosen options.
type Form struct {
	ID, Action, Method string
	Values             url.Values
	Fields             []Field
}

// Field is one control of a form.
type Field struct {
	Name, Type string   // Type is input's type, "select", "textarea" or "submit"
	Options    []string // values of a select, radio group or submit button
}

// ParsePage reads an HTML page. Damaged HTML is read as browsers read it.
func ParsePage(from *url.URL, r io.Reader) (*Page, error) {
	root, err := html.Parse(io.LimitReader(r, 8<<20))
	if err != nil {
		return nil, err
	}
	p := &Page{URL: from}
	var words []string
	p.walk(root, nil, &words)
	p.Text = strings.Join(strings.Fields(strings.Join(words, " ")), " ")
	return p, nil
}

func (p *Page) walk(n *html.Node, form *Form, words *[]string) {
	if n.Type == html.TextNode {
		*words = append(*words, n.Data)
	}
	if n.Type == html.ElementNode {
		if attr(n, "role") == "alert" {
			p.Alert = strings.Join(strings.Fields(p.Alert+" "+textOf(n)), " ")
		}
		switch n.Data {
		case "script", "style", "template":
			return
		case "title":
			p.Title = textOf(n)
		case "a":
			p.Links = append(p.Links, attr(n, "href"))
		case "form":
			form = &Form{ID: attr(n, "id"), Action: attr(n, "action"), Method: strings.ToUpper(attr(n, "method")), Values: url.Values{}}
			p.Forms = append(p.Forms, form)
		case "input", "select", "textarea", "button":
			form.take(n)
		}
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		p.walk(child, form, words)
	}
}

// take adds a control to the form, and the value that the page gives it.
func (f *Form) take(n *html.Node) {
	name, kind, value := attr(n, "name"), attr(n, "type"), attr(n, "value")
	if f == nil || name == "" && n.Data != "button" {
		return
	}
	switch n.Data {
	case "select":
		f.takeSelect(name, n)
		return
	case "textarea":
		f.field(name, "textarea", "")
		f.Values.Set(name, textOf(n))
		return
	case "button":
		if kind == "" || kind == "submit" {
			f.field(name, "submit", value)
		}
		return
	}
	switch kind {
	case "radio", "checkbox":
		if value == "" {
			value = "on"
		}
		f.field(name, kind, value)
		if has(n, "checked") {
			f.Values.Add(name, value)
		}
	case "submit", "image":
		f.field(name, "submit", value)
	default:
		if kind == "" {
			kind = "text"
		}
		f.field(name, kind, "")
		f.Values.Add(name, value)
	}
}

func (f *Form) takeSelect(name string, n *html.Node) {
	first, chosen := "", ""
	var visit func(*html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "option" {
			value := attr(n, "value")
			if !has(n, "value") {
				value = textOf(n)
			}
			if len(f.options(name)) == 0 {
				first = value
			}
			f.field(name, "select", value)
			if has(n, "selected") {
				chosen = value
			}
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			visit(child)
		}
	}
	visit(n)
	if chosen == "" {
		chosen = first
	}
	f.Values.Set(name, chosen)
}

func (f *Form) field(name, kind, option string) {
	i := slices.IndexFunc(f.Fields, func(have Field) bool { return have.Name == name && have.Type == kind })
	if i < 0 {
		f.Fields = append(f.Fields, Field{Name: name, Type: kind})
		i = len(f.Fields) - 1
	}
	if kind == "select" || kind == "radio" || kind == "checkbox" || kind == "submit" {
		f.Fields[i].Options = append(f.Fields[i].Options, option)
	}
}

func (f *Form) options(name string) []string {
	for _, field := range f.Fields {
		if field.Name == name {
			return field.Options
		}
	}
	return nil
}

// Set fills in one field as a person does. The error names the field and what is possible, if the form has no such field
// or not that choice: a browser could not do it either.
func (f *Form) Set(name string, values ...string) error {
	i := slices.IndexFunc(f.Fields, func(have Field) bool { return have.Name == name && have.Type != "submit" })
	if i < 0 {
		return fmt.Errorf("the form %s has no field %q, it has %s", f.Action, name, strings.Join(f.names(), ", "))
	}
	field := f.Fields[i]
	if field.Type == "select" || field.Type == "radio" || field.Type == "checkbox" {
		for _, v := range values {
			if !slices.Contains(field.Options, v) {
				return fmt.Errorf("the field %q offers %q, not %q", name, field.Options, v)
			}
		}
	}
	f.Values[name] = values
	return nil
}

func (f *Form) names() []string {
	var names []string
	for _, field := range f.Fields {
		names = append(names, field.Name)
	}
	return names
}

// Has says whether the form has a field of that name.
func (f *Form) Has(name string) bool { return slices.Contains(f.names(), name) }

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}
