package plinth

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/plinth-dev/plinth/internal/project"
)

//go:embed all:template
var template embed.FS

// Init makes a project in dir: config.toml, a first migration, a seed; and with ci
// "github" or "gitlab" a pipeline that migrates a throw-away database. A file that is
// there is left as it is. It says what it made.
func Init(dir, ci string) ([]string, error) {
	parts := []string{"project"}
	switch ci {
	case "":
	case "github", "gitlab":
		parts = append(parts, ci)
	default:
		return nil, fmt.Errorf("there is no CI template %q: github and gitlab are there", ci)
	}
	var out []string
	for _, part := range parts {
		files, err := fs.Sub(template, "template/"+part)
		if err != nil {
			return out, err
		}
		err = fs.WalkDir(files, ".", func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			line, err := place(files, path, filepath.Join(dir, filepath.FromSlash(path)))
			out = append(out, line)
			return err
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func place(files fs.FS, path, to string) (string, error) {
	text, err := fs.ReadFile(files, path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return "kept " + to, nil
	}
	if err != nil {
		return "", err
	}
	if _, err := f.Write(text); err != nil {
		f.Close()
		return "", err
	}
	return "made " + to, f.Close()
}

// Folder returns the folder that has config.toml and migrations.
func Folder(cfg Config) (string, error) {
	p, err := opened(cfg)
	if err != nil {
		return "", err
	}
	return p.Dir, nil
}

// MigrationFiles returns the paths of the project's migrations, in order.
func MigrationFiles(cfg Config) ([]string, error) {
	p, err := opened(cfg)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range p.Migrations {
		out = append(out, f.Path)
	}
	return out, nil
}

func opened(cfg Config) (*project.Project, error) {
	sc, err := resolve(cfg)
	return sc.Project, err
}
