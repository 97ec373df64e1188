package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/plinth-dev/plinth"
)

// move carries the project to Postgres, or back, and waits for the old server's end, so that no
// write is acknowledged that the new database does not have.
func move(ctx context.Context, env environment, args []string) int {
	var to, from string
	var wait time.Duration
	f, rest, err := parse(env, "move", args, func(fs *flag.FlagSet) {
		fs.StringVar(&to, "to", "", "")
		fs.StringVar(&from, "from", "", "")
		fs.DurationVar(&wait, "wait", 10*time.Minute, "")
	})
	if err == nil && (to == "") == (from == "") {
		err = errUsage{"move needs --to postgres://…, or --from postgres://… to come back"}
	}
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	f.DB = to + from
	bar := &bar{w: env.stdout, live: isTerminal(env.stdout)}
	m, err := plinth.Move(ctx, f.Config, from != "", bar.tell)
	bar.end()
	if err != nil {
		return failed(env, err)
	}
	fmt.Fprintf(env.stdout, "moved %d rows of %d tables in %s, %d of them again since they changed; counts and sums of all tables agree\n",
		m.Rows(), m.Tables(), m.Duration().Round(time.Millisecond), m.Again())
	fmt.Fprintf(env.stdout, "the old database has been frozen for %s and stays so until its server has stopped: stop it now and serve the new one\n", m.Frozen().Round(time.Millisecond))
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := m.WaitStopped(ctx); err != nil {
		fmt.Fprintln(env.stderr, "plinth: the old server still runs. It takes writes again, which the new database will not have: drop that one and move once more")
		_ = m.Thaw() // what is said is worse
		return 1
	}
	if err := m.Thaw(); err != nil {
		return failed(env, err)
	}
	fmt.Fprintln(env.stdout, "done: the old server has stopped")
	return 0
}

// bar shows progress: in place on a terminal, else a line a table.
type bar struct {
	w    io.Writer
	live bool
	last string
	open bool
}

func (b *bar) tell(p plinth.MoveProgress) {
	switch p.Phase {
	case "copy":
		if !b.live {
			if p.Done == p.Total {
				fmt.Fprintf(b.w, "copied %s: %d rows\n", p.Table, p.Done)
			}
			return
		}
		part := 20
		if p.Total > 0 {
			part = int(min(p.Done*20/p.Total, 20))
		}
		fmt.Fprintf(b.w, "\r\x1b[K[%s%s] %s %d/%d", strings.Repeat("#", part), strings.Repeat(".", 20-part), p.Table, p.Done, p.Total)
		b.open = true
	case b.last:
	case "index":
		b.line("building indexes")
	case "follow":
		b.line("following what changed meanwhile")
	case "freeze":
		b.line("the old database is frozen: reads go on, writes wait")
	case "check":
		b.line("comparing counts and sums")
	}
	b.last = p.Phase
}

func (b *bar) line(text string) {
	b.end()
	fmt.Fprintln(b.w, text)
}

func (b *bar) end() {
	if b.open {
		fmt.Fprintln(b.w)
		b.open = false
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
