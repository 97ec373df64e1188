package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
)

// Project is what a folder holds.
type Project struct {
	Dir        string // the folder that has config.toml, migrations and seed.sql
	Config     Config
	Notices    []Notice
	Migrations []File
	Seeds      []File

	from map[string]string // where a key's value comes from, where it is no default
}

// File is a SQL file. Version and Name come from a migration's file name.
type File struct {
	Path          string
	Version, Name string
	SQL           string
}

// Notice is a remark on the configuration. Unknown ones are errors for serve.
type Notice struct {
	Unknown bool
	Text    string
}

// maxFile bounds one SQL file.
const maxFile = 64 << 20

var migrationName = regexp.MustCompile(`^(\d+)_(.+)\.sql$`)

// Open reads the project in dir, or in dir/supabase. A folder without any of the
// files is an empty project.
func Open(dir string, getenv func(string) string) (*Project, error) {
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return nil, fmt.Errorf("project folder %s: it does not exist or is no folder", dir)
	}
	p := &Project{Dir: dir}
	if st, err := os.Stat(filepath.Join(dir, "supabase")); err == nil && st.IsDir() {
		p.Dir = filepath.Join(dir, "supabase")
	}
	if err := p.readConfig(NewEnv(getenv)); err != nil {
		return nil, err
	}
	p.Config.Plinth.Cluster.fromEnv(getenv)
	if err := p.Config.Plinth.Storage.fromEnv(getenv); err != nil {
		return nil, err
	}
	if err := p.Config.Plinth.Backup.fromEnv(getenv); err != nil {
		return nil, err
	}
	if err := p.Config.Plinth.frontFromEnv(getenv); err != nil {
		return nil, err
	}
	if err := p.readMigrations(); err != nil {
		return nil, err
	}
	return p, p.readSeeds()
}

func (p *Project) readMigrations() error {
	dir := filepath.Join(p.Dir, "migrations")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	seen := map[string]string{}
	for _, e := range entries {
		m := migrationName.FindStringSubmatch(e.Name())
		if e.IsDir() || filepath.Ext(e.Name()) != ".sql" {
			continue
		}
		if m == nil {
			p.Notices = append(p.Notices, Notice{Text: fmt.Sprintf("migrations/%s is left out: its name must be <version>_<name>.sql", e.Name())})
			continue
		}
		if other, dup := seen[m[1]]; dup {
			return fmt.Errorf("migrations/%s and migrations/%s have one version, %s: rename one of them", other, e.Name(), m[1])
		}
		seen[m[1]] = e.Name()
		f, err := readSQL(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		f.Version, f.Name = m[1], m[2]
		p.Migrations = append(p.Migrations, f)
	}
	sort.Slice(p.Migrations, func(i, j int) bool { return p.Migrations[i].Version < p.Migrations[j].Version })
	return nil
}

func (p *Project) readSeeds() error {
	if !p.Config.DB.Seed.Enabled {
		return nil
	}
	for _, pattern := range p.Config.DB.Seed.SQLPaths {
		paths, err := filepath.Glob(filepath.Join(p.Dir, pattern))
		if err != nil {
			return fmt.Errorf("config.toml: db.seed.sql_paths: %q is no file pattern", pattern)
		}
		sort.Strings(paths)
		for _, path := range paths {
			f, err := readSQL(path)
			if err != nil {
				return err
			}
			p.Seeds = append(p.Seeds, f)
		}
	}
	return nil
}

func readSQL(path string) (File, error) {
	st, err := os.Stat(path)
	if err != nil {
		return File{}, err
	}
	if st.Size() > maxFile {
		return File{}, fmt.Errorf("%s has %d bytes; at most %d are read", path, st.Size(), maxFile)
	}
	text, err := os.ReadFile(path)
	return File{Path: path, SQL: string(text)}, err
}
