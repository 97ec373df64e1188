package plinth

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/plinth-dev/plinth/internal/project"
)

// CheckConfig reads the configuration of a project as serve would, and writes what is to
// be said of it. ok is false where serve would refuse it.
func CheckConfig(w io.Writer, cfg Config) (ok bool, err error) {
	p, err := openProject(cfg)
	if err != nil {
		return false, err
	}
	ok = true
	for _, n := range p.Notices {
		word := "note"
		if n.Unknown {
			word, ok = "error", false
		}
		fmt.Fprintf(w, "%s: %s\n", word, n.Text)
	}
	if ok {
		fmt.Fprintln(w, "the configuration is valid")
	}
	return ok, nil
}

// PrintConfig writes the configuration as config.toml would have it, each key with where
// its value comes from; secrets are hidden. Without all, only what is no default.
func PrintConfig(w io.Writer, cfg Config, all bool) error {
	p, err := openProject(cfg)
	if err != nil {
		return err
	}
	section := "\x00"
	for _, k := range p.Keys() {
		if !all && k.From == "default" {
			continue
		}
		at := strings.LastIndexByte(k.Name, '.')
		if table := k.Name[:max(at, 0)]; table != section {
			if section = table; table != "" {
				fmt.Fprintf(w, "\n[%s]\n", table)
			}
		}
		fmt.Fprintf(w, "%s = %s  # %s\n", k.Name[at+1:], k.Text, k.From)
	}
	return nil
}

// DiffConfig writes the keys that have another value than by default, with both.
func DiffConfig(w io.Writer, cfg Config) error {
	p, err := openProject(cfg)
	if err != nil {
		return err
	}
	usual := map[string]string{}
	for _, k := range (&project.Project{Config: project.Default()}).Keys() {
		usual[k.Name] = k.Text
	}
	for _, k := range p.Keys() {
		was, known := usual[k.Name]
		if k.Text == was {
			continue
		}
		if known {
			fmt.Fprintf(w, "- %s = %s\n", k.Name, was)
		}
		fmt.Fprintf(w, "+ %s = %s  # %s\n", k.Name, k.Text, k.From)
	}
	return nil
}

func openProject(cfg Config) (*project.Project, error) {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.Project == "" {
		cfg.Project = "."
	}
	return project.Open(cfg.Project, cfg.Getenv)
}
