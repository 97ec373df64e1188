//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// initdb makes the files of a new server. They take a second of work, so that they are kept in
// the user's cache folder and copied for the next one: all copies have one system identifier.
func (s *Server) initdb(ctx context.Context, bin string, who *syscall.SysProcAttr, anew bool) error {
	data := filepath.Join(s.dir, "data")
	// Letters beyond ASCII have cases, as in a Supabase database; the order stays bytewise.
	args := []string{"-U", "postgres", "--auth=trust", "--no-sync", "--locale=C", "--lc-ctype=C.UTF-8", "--encoding=UTF8"}
	kept := template(bin, args)
	if !anew && copied(kept, data) == nil {
		return give(data, who)
	}
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), append(args, "-D", data)...)
	cmd.SysProcAttr, cmd.Dir = who, s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	if !anew {
		_ = copied(data, kept) // without it the next one is made as this one was
	}
	return nil
}

// template is where the files are kept that these programs make of args; "" is nowhere.
func template(bin string, args []string) string {
	cache, err1 := os.UserCacheDir()
	program, err2 := os.Stat(filepath.Join(bin, "postgres"))
	if errors.Join(err1, err2) != nil {
		return ""
	}
	sum := fnv.New64a()
	fmt.Fprint(sum, bin, program.Size(), program.ModTime(), strings.Join(args, " "))
	return filepath.Join(cache, "plinth", fmt.Sprintf("postgres-%x", sum.Sum64()))
}

// copied copies a folder, all of it or nothing.
func copied(from, to string) error {
	if from == "" || to == "" {
		return fs.ErrNotExist
	}
	if _, err := os.Stat(from); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(to), "copy") // readable by its owner alone, as Postgres wants it
	if err != nil {
		return err
	}
	if err = os.CopyFS(work, os.DirFS(from)); err == nil {
		err = os.Rename(work, to) // another process may have been faster
	}
	return errors.Join(err, os.RemoveAll(work))
}

// give makes all files of a folder the server's user's.
func give(dir string, who *syscall.SysProcAttr) error {
	if who.Credential == nil {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, int(who.Credential.Uid), int(who.Credential.Gid)))
	})
}
