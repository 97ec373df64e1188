package mail

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	texttemplate "text/template"
)

// Names of the built-in templates.
const (
	Confirmation     = "confirmation"
	Recovery         = "recovery"
	MagicLink        = "magic_link"
	Invite           = "invite"
	EmailChange      = "email_change"
	Reauthentication = "reauthentication"
)

// Template is a subject (text) and a body (HTML) over Vars. An empty one leaves the
// built-in one.
type Template struct{ Subject, Body string }

// Vars are what templates may name: {{ .Token }} and so on.
type Vars struct {
	Token           string
	TokenHash       string
	ConfirmationURL string
	SiteURL         string
	RedirectTo      string
	Email           string
	NewEmail        string
	Data            map[string]any
}

type form struct {
	subject *texttemplate.Template
	body    *template.Template
}

const button = `<p><a href="{{ .ConfirmationURL }}">%s</a></p>`

func builtIn() map[string]Template {
	body := func(title, text, link string) string {
		return "<h2>" + title + "</h2>\n<p>" + text + "</p>\n" + fmt.Sprintf(button, link) +
			"\n<p>Or enter this code: <strong>{{ .Token }}</strong></p>\n"
	}
	return map[string]Template{
		Confirmation: {"Confirm your address", body("Welcome", "Confirm that {{ .Email }} is your address.", "Confirm the address")},
		Recovery:     {"Reset your password", body("A new password", "Somebody, hopefully you, asked for a new password.", "Choose a new password")},
		MagicLink:    {"Your sign-in link", body("Sign in", "Follow this link to sign in.", "Sign in")},
		Invite:       {"You are invited", body("You are invited", "You are invited to {{ .SiteURL }}.", "Accept the invitation")},
		EmailChange:  {"Confirm your new address", body("A new address", "Confirm the change from {{ .Email }} to {{ .NewEmail }}.", "Change the address")},
		Reauthentication: {"Your code is {{ .Token }}",
			"<h2>Is it you?</h2>\n<p>Enter this code: <strong>{{ .Token }}</strong></p>\n"},
	}
}

// parseAll reads the built-in templates and the project's over them.
func parseAll(own map[string]Template) (map[string]form, error) {
	all := builtIn()
	for name, t := range own {
		base := all[name]
		if t.Subject != "" {
			base.Subject = t.Subject
		}
		if t.Body != "" {
			base.Body = t.Body
		}
		all[name] = base
	}
	out := map[string]form{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		subject, err := texttemplate.New(name).Parse(all[name].Subject)
		if err != nil {
			return nil, fmt.Errorf("mail: the subject of %s: %w", name, err)
		}
		body, err := template.New(name).Parse(all[name].Body)
		if err != nil {
			return nil, fmt.Errorf("mail: the body of %s: %w", name, err)
		}
		out[name] = form{subject, body}
		if _, _, err := out[name].fill(Vars{Email: "a@example.com"}); err != nil {
			return nil, fmt.Errorf("mail: template %s: %w", name, err)
		}
	}
	return out, nil
}

func (f form) fill(v Vars) (subject, body string, err error) {
	var s, b strings.Builder
	if err := f.subject.Execute(&s, v); err != nil {
		return "", "", err
	}
	if err := f.body.Execute(&b, v); err != nil {
		return "", "", err
	}
	return strings.Join(strings.Fields(s.String()), " "), b.String(), nil // a subject is one line
}
