package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/plinth-dev/plinth"
)

// maxScript bounds what is read from standard input.
const maxScript = 64 << 20

// sql is the console: on a terminal with history and completion, else it runs what it
// reads.
func sql(ctx context.Context, env environment, args []string) int {
	var role, claims, format, text string
	f, rest, err := parse(env, "sql", args, func(fs *flag.FlagSet) {
		fs.StringVar(&role, "as", "", "")
		fs.StringVar(&claims, "claims", "", "")
		fs.StringVar(&format, "format", "table", "")
		fs.StringVar(&text, "c", "", "")
	})
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	c, err := plinth.OpenConsole(ctx, f.Config, role, claims, env.stdout)
	if err != nil {
		return failed(env, err)
	}
	defer c.Close()
	if err := c.SetFormat(ctx, format); err != nil {
		return failed(env, errUsage{err.Error()})
	}
	if c.ReadOnly() {
		fmt.Fprintln(env.stderr, "a server has the database open: reading alone")
	}
	in, terminal := env.stdin.(*os.File)
	switch {
	case text != "":
		err = c.Do(ctx, text)
	case terminal && term.IsTerminal(int(in.Fd())):
		err = interactive(ctx, c, in)
	default:
		var script []byte
		if script, err = io.ReadAll(io.LimitReader(env.stdin, maxScript)); err == nil {
			err = c.Do(ctx, string(script))
		}
	}
	if err != nil && !errors.Is(err, plinth.ErrQuit) {
		return failed(env, err)
	}
	return 0
}

// interactive reads lines until the person goes.
func interactive(ctx context.Context, c *plinth.Console, in *os.File) error {
	old, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return err
	}
	defer term.Restore(int(in.Fd()), old)
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, os.Stdout}, "=> ")
	past := loadHistory()
	t.History = past
	t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		out, at, more := c.Complete(line, pos)
		if len(more) > 1 {
			fmt.Fprintf(t, "%s\n", strings.Join(more[:min(len(more), 20)], "  "))
		}
		return out, at, true
	}
	for text := ""; ctx.Err() == nil; {
		line, err := t.ReadLine()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if text += line + "\n"; !c.Whole(text) {
			t.SetPrompt("-> ")
			continue
		}
		if err := told(ctx, c, in, old, text); errors.Is(err, plinth.ErrQuit) {
			return nil
		}
		text = ""
		t.SetPrompt("=> ")
	}
	return nil
}

// told runs a text with the terminal as it was, since results have plain line ends.
func told(ctx context.Context, c *plinth.Console, in *os.File, old *term.State, text string) error {
	raw, err := term.GetState(int(in.Fd()))
	if err != nil {
		return err
	}
	if err := term.Restore(int(in.Fd()), old); err != nil {
		return err
	}
	if err = c.Do(ctx, text); err != nil && !errors.Is(err, plinth.ErrQuit) {
		fmt.Fprintln(os.Stdout, plinth.Explain(err))
	}
	return errors.Join(err, term.Restore(int(in.Fd()), raw))
}

// maxHistory bounds the lines that are kept.
const maxHistory = 500

// history keeps lines in a file of the user's, the newest last.
type history struct {
	path  string
	lines []string
}

func loadHistory() *history {
	h := &history{}
	dir, err := os.UserCacheDir()
	if err != nil {
		return h
	}
	h.path = filepath.Join(dir, "plinth", "history")
	if text, err := os.ReadFile(h.path); err == nil {
		h.lines = strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
	}
	return h
}

// Add keeps a line; one that names a password is not written to disk.
func (h *history) Add(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	h.lines = append(h.lines, line)
	if over := len(h.lines) - maxHistory; over > 0 {
		h.lines = h.lines[over:]
	}
	if h.path == "" || strings.Contains(strings.ToLower(line), "password") {
		return
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err == nil {
		_ = os.WriteFile(h.path, []byte(strings.Join(h.lines, "\n")), 0o600) // a history that can't be kept stops nobody
	}
}

func (h *history) Len() int { return len(h.lines) }

func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }
