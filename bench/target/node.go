package target

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/proc"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// secret signs the tokens of servers that get one.
const secret = "a secret of the benchmark, which nobody else has"

// node is a target whose routes are written by hand: program on store.
func node(program, store string, env ...string) func(context.Context, Home) (*Running, error) {
	return func(ctx context.Context, h Home) (*Running, error) {
		r := &Running{}
		env := append([]string{"NODE_ENV=production", "PORT={port}", "JWT_SECRET=" + secret}, env...)
		if store == "sqlite" {
			env = append(env, "SQLITE_FILE="+filepath.Join(h.Dir, "chat.db"))
			r.DataSize = func() (int64, error) { return proc.DirSize(h.Dir) }
		} else {
			pg, err := database(ctx, r)
			if err != nil {
				return nil, err
			}
			env = append(env, "PGHOST="+pg.Dir())
		}
		if err := seedNode(ctx, r, h, seeding{store, env}); err != nil {
			return nil, err
		}
		err := r.serve(ctx, proc.Command{
			Path: "node", Args: []string{program + ".mjs", store}, Env: env, Dir: filepath.Join(h.Rivals, "node"), Health: "/health",
		})
		if err != nil {
			return nil, err
		}
		a := &nodeAPI{sizes: h.Sizes}
		r.api = a
		return r, r.signIn(&a.header)
	}
}

type seeding struct {
	store string
	env   []string
}

// seedNode fills a store of the servers by hand.
func seedNode(ctx context.Context, r *Running, h Home, s seeding) error {
	seed := exec.CommandContext(ctx, "node", "seed.mjs", s.store, fmt.Sprint(h.Sizes.List), fmt.Sprint(h.Sizes.Count), "0")
	seed.Dir, seed.Env = filepath.Join(h.Rivals, "node"), append(os.Environ(), s.env...)
	if out, err := seed.CombinedOutput(); err != nil {
		r.Stop()
		return fmt.Errorf("seed: %w: %s", err, out)
	}
	return nil
}

// database starts a Postgres for a target, with its default, durable settings, on a
// socket of its own.
func database(ctx context.Context, r *Running, settings ...string) (*pgserver.Server, error) {
	pg, err := pgserver.Start(ctx, append(settings, "fsync=on", "full_page_writes=on", "synchronous_commit=on", "jit=on", "max_connections=100")...)
	if err != nil {
		return nil, err
	}
	r.pids = append(r.pids, pg.PID())
	r.stops = append(r.stops, func() { _ = pg.Stop() }) // its folder is temporary
	r.DataSize = func() (int64, error) { return proc.DirSize(pg.Dir()) }
	return pg, nil
}

// serve starts the target's server; it is stopped before its database.
func (r *Running) serve(ctx context.Context, c proc.Command) error {
	p, err := proc.Start(ctx, c)
	if err != nil {
		r.Stop()
		return err
	}
	r.Server, r.Addr = p, p.Addr
	r.pids = append([]int{p.PID()}, r.pids...)
	r.stops = append([]func(){p.Stop}, r.stops...)
	select { // it settles
	case <-time.After(time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	r.Fresh, err = proc.Mem(r.pids...)
	return err
}

// signIn signs user 0 in and adds his token to the header of the requests.
func (r *Running) signIn(header *string) error {
	var session struct {
		Token string `json:"access_token"`
		PB    string `json:"token"`
	}
	if err := r.call(r.api.request(SignIn, 0), &session); err != nil {
		r.Stop()
		return err
	}
	r.Token = session.Token + session.PB
	*header += "Authorization: Bearer " + r.Token + "\r\n"
	return nil
}

// call sends one request of a target's preparation.
func (r *Running) call(req drive.Request, into any) error {
	c, err := drive.Dial(r.Addr)
	if err != nil {
		return err
	}
	defer c.Close()
	a, err := c.Do(&req)
	if err != nil {
		return err
	}
	if a.Status > 299 {
		return fmt.Errorf("%s %s: %d %.300s", req.Method, req.Path, a.Status, a.Body)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(a.Body, into)
}

type nodeAPI struct {
	sizes  Sizes
	header string
}

func (a *nodeAPI) request(op Op, n int) drive.Request {
	get := func(path string) drive.Request { return drive.Request{Method: "GET", Path: path, Header: a.header} }
	switch op {
	case SignIn:
		return drive.Request{Method: "POST", Path: "/sign-in", Body: `{"email":"` + email(0) + `","password":"` + password + `"}`}
	case Get:
		return get("/messages/" + messageID(ListRoom, n%a.sizes.List))
	case List:
		return get(fmt.Sprintf("/rooms/%d/messages", ListRoom))
	case Count:
		return get(fmt.Sprintf("/rooms/%d/count", CountRoom))
	case Nested:
		return get("/rooms")
	}
	return drive.Request{Method: "POST", Path: fmt.Sprintf("/rooms/%d/messages", InsertRoom), Header: a.header, Body: `{"body":"` + Inserted(n) + `"}`}
}

func (a *nodeAPI) read(op Op, ans drive.Answer) (answer, error) {
	if op == Count {
		var c struct{ Count int }
		err := json.Unmarshal(ans.Body, &c)
		return answer{count: c.Count}, err
	}
	return readRows(op, ans.Body)
}

// readRows reads rows in the shape of PostgREST's answers.
func readRows(op Op, body []byte) (answer, error) {
	switch op {
	case SignIn:
		if !strings.Contains(string(body), `"access_token"`) {
			return answer{}, errShape
		}
		return answer{}, nil
	case Nested:
		var rooms []struct {
			Name    string
			Members []struct{ Profiles struct{ Name string } }
		}
		err := json.Unmarshal(body, &rooms)
		out := answer{rooms: map[string][]string{}}
		for _, r := range rooms {
			for _, m := range r.Members {
				out.rooms[r.Name] = append(out.rooms[r.Name], m.Profiles.Name)
			}
		}
		return out, err
	}
	var rows []struct {
		ID, Body string
		Author   struct{ Name string }
	}
	err := json.Unmarshal(body, &rows)
	var out answer
	for _, r := range rows {
		out.rows = append(out.rows, row{r.ID, r.Body, r.Author.Name})
	}
	return out, err
}
