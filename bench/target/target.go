package target

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/proc"
)

// Op is an operation that a client asks for.
type Op int

const (
	SignIn Op = iota
	Get
	List
	Insert
	Count
	Nested
)

// Target is a server to compare.
type Target struct {
	Name, Note string
	Durability string // of an acknowledged insert
	start      func(ctx context.Context, h Home) (*Running, error)
}

// Home is where a target finds what it needs.
type Home struct {
	Dir    string // of the target, empty
	Binary string // bin/plinth
	Before string // an earlier build to compare with, or ""
	Rivals string // bench/rivals, with what scripts/bench built
	Chat   string // the Supabase folder of examples/chat
	Sizes  Sizes

	Profile bool // Plinth gives profiles of itself, for the secret key
}

// api is how a server is spoken to.
type api interface {
	// request makes the n-th request of an operation.
	request(op Op, n int) drive.Request
	// read turns a good answer into rows.
	read(op Op, a drive.Answer) (answer, error)
}

// Running is a target that was started.
type Running struct {
	Addr     string
	Fresh    proc.Memory // of the process tree a second after the server's first answer
	Token    string      // of user 0
	Server   *proc.Process
	DataSize func() (int64, error)
	api      api
	sizes    Sizes
	pids     []int    // roots of its process trees
	stops    []func() // run in turn
}

// answer is what any server's answer comes to.
type answer struct {
	rows  []row
	count int
	rooms map[string][]string // a room's name and its members' names
}

type row struct{ id, body, author string }

// Start starts the target with its rows and proves each operation's answer.
func (t *Target) Start(ctx context.Context, h Home) (*Running, error) {
	r, err := t.start(ctx, h)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Name, err)
	}
	r.sizes = h.Sizes
	for op := SignIn; op <= Nested; op++ {
		if err := r.prove(op); err != nil {
			r.Stop()
			return nil, fmt.Errorf("%s: %w\n%s", t.Name, err, r.Server.Log())
		}
	}
	return r, nil
}

func (r *Running) prove(op Op) error {
	c, err := drive.Dial(r.Addr)
	if err != nil {
		return err
	}
	defer c.Close()
	req := r.api.request(op, 7)
	a, err := c.Do(&req)
	if err != nil {
		return err
	}
	if err := r.Check(op, 7, a, true); err != nil {
		return fmt.Errorf("%s %s: %w", req.Method, req.Path, err)
	}
	return nil
}

// Request makes the n-th request of an operation.
func (r *Running) Request(op Op, n int) drive.Request { return r.api.request(op, n) }

// Stop ends what was started.
func (r *Running) Stop() {
	for _, stop := range r.stops {
		stop()
	}
	r.stops = nil
}

// PIDs are the roots of the target's process trees, its database included.
func (r *Running) PIDs() []int { return r.pids }

// Check judges an answer: its status, and in full what it says.
func (r *Running) Check(op Op, n int, a drive.Answer, full bool) error {
	if a.Status < 200 || a.Status > 299 {
		return fmt.Errorf("status %d: %.300s", a.Status, a.Body)
	}
	if !full {
		return nil
	}
	got, err := r.api.read(op, a)
	if err != nil {
		return fmt.Errorf("%w: %.300s", err, a.Body)
	}
	if err := r.judge(op, n, got); err != nil {
		return fmt.Errorf("a wrong answer: %w: %.300s", err, a.Body)
	}
	return nil
}

func (r *Running) judge(op Op, n int, got answer) error {
	switch op {
	case Get:
		return same(got.rows, []row{{body: messageBody(n % r.sizes.List)}})
	case Insert:
		want := row{body: Inserted(n)}
		if len(got.rows) == 1 && got.rows[0].body == "" { // Parse answers with what the client did not send
			want.body = ""
		}
		return same(got.rows, []row{want})
	case List:
		var want []row
		for i := r.sizes.List - 1; len(want) < 50 && i >= 0; i-- {
			want = append(want, row{body: messageBody(i), author: userName(author(i))})
		}
		return same(got.rows, want)
	case Count:
		if got.count != r.sizes.Count {
			return fmt.Errorf("count %d, want %d", got.count, r.sizes.Count)
		}
	case Nested:
		return judgeRooms(got.rooms)
	}
	return nil
}

func judgeRooms(got map[string][]string) error {
	var want []string
	for u := range authors + 1 {
		want = append(want, userName(u))
	}
	slices.Sort(want)
	for room := ListRoom; room <= InsertRoom; room++ {
		names := got[fmt.Sprintf("Room %d", room)]
		slices.Sort(names)
		if !slices.Equal(names, want) {
			return fmt.Errorf("room %d has the members %v", room, names)
		}
	}
	return nil
}

func same(got, want []row) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d rows, want %d", len(got), len(want))
	}
	for i, g := range got {
		if g.id == "" || g.body != want[i].body || g.author != want[i].author {
			return fmt.Errorf("row %d is %+v, want %+v", i, g, want[i])
		}
	}
	return nil
}

var errShape = errors.New("the answer has another shape")
