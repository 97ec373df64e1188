package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/proc"
)

// The API keys that the servers are started with.
const (
	Publishable = "sb_publishable_00000000000000000000000_00000000"
	SecretKey   = "sb_secret_00000000000000000000000_00000000"
)

// plinth serves the chat example as `plinth serve` does in production; toml is added
// to its [plinth] section.
func plinth(onPostgres bool, toml string) func(context.Context, Home) (*Running, error) {
	return func(ctx context.Context, h Home) (*Running, error) {
		r := &Running{DataSize: func() (int64, error) { return proc.DirSize(h.Dir) }}
		project, data := filepath.Join(h.Dir, "project"), filepath.Join(h.Dir, "data")
		toml := toml
		if h.Profile {
			toml += "\n[plinth.admin]\npprof = true"
		}
		if err := chatProject(h.Chat, project, toml); err != nil {
			return nil, err
		}
		c := proc.Command{
			Path: h.Binary, Health: "/healthz",
			Args: []string{"serve", "--project", project, "--data", data, "--listen", "127.0.0.1:{port}", "--log", "warn"},
			Env:  []string{"PLINTH_JWT_SECRET=" + secret, "PLINTH_PUBLISHABLE_KEY=" + Publishable, "PLINTH_SECRET_KEY=" + SecretKey},
		}
		settle := func() error { return nil }
		if onPostgres {
			pg, err := database(ctx, r, "wal_level=logical")
			if err != nil {
				return nil, err
			}
			c.Args = append(c.Args, "--db", pg.URL)
			settle = func() error { return vacuum(ctx, pg.URL) }
		}
		if err := r.serve(ctx, c); err != nil {
			return nil, err
		}
		a := &plinthAPI{sizes: h.Sizes, header: "Apikey: " + Publishable + "\r\n"}
		r.api = a
		if err := errors.Join(a.fill(r), settle()); err != nil {
			r.Stop()
			return nil, err
		}
		return r, r.signIn(&a.header)
	}
}

// On is Plinth on an engine, with toml added to its [plinth] section.
func On(onPostgres bool, toml ...string) *Target {
	return &Target{Name: "plinth", start: plinth(onPostgres, strings.Join(toml, "\n"))}
}

// vacuum does at once what the server would do by itself within minutes.
func vacuum(ctx context.Context, url string) error {
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, "vacuum analyze").ReadAll()
	return errors.Join(err, c.Close(ctx))
}

// chatProject copies the example's migrations without its web page and its seed. One
// address' sign-ins are not bounded, since all clients of a benchmark have the same.
func chatProject(from, to, toml string) error {
	dst := filepath.Join(to, "supabase")
	if err := os.CopyFS(filepath.Join(dst, "migrations"), os.DirFS(filepath.Join(from, "migrations"))); err != nil {
		return err
	}
	text := "project_id = \"chat\"\n[api]\nschemas = [\"public\"]\n[auth.rate_limit]\nsign_in_sign_ups = 1000000000\n[plinth]\n" + toml + "\n"
	return os.WriteFile(filepath.Join(dst, "config.toml"), []byte(text), 0o600)
}

type plinthAPI struct {
	sizes  Sizes
	header string
}

// fill signs users up and writes rooms, members and messages with the secret key.
func (a *plinthAPI) fill(r *Running) error {
	admin := func(path, body string) drive.Request {
		return drive.Request{Method: "POST", Path: path, Header: "Apikey: " + SecretKey + "\r\n", Body: body}
	}
	var ids []string
	for u := range authors + 1 {
		var s struct{ User struct{ ID string } }
		req := drive.Request{Method: "POST", Path: "/auth/v1/signup", Header: a.header,
			Body: fmt.Sprintf(`{"email":%q,"password":%q,"data":{"name":%q}}`, email(u), password, userName(u))}
		if err := r.call(req, &s); err != nil {
			return err
		}
		ids = append(ids, s.User.ID)
	}
	for room := ListRoom; room <= InsertRoom; room++ {
		// Rooms count from 1, and a new room's owner is its first member.
		if err := r.call(admin("/rest/v1/rooms", fmt.Sprintf(`{"name":"Room %d","owner":%q}`, room, ids[0])), nil); err != nil {
			return err
		}
		var members []string
		for _, id := range ids[1:] {
			members = append(members, fmt.Sprintf(`{"room_id":%d,"user_id":%q}`, room, id))
		}
		if err := r.call(admin("/rest/v1/members", "["+strings.Join(members, ",")+"]"), nil); err != nil {
			return err
		}
		var rows []map[string]any
		for n := range a.sizes.of(room) {
			rows = append(rows, map[string]any{
				"id": messageID(room, n), "room_id": room, "author_id": ids[author(n)], "body": messageBody(n), "created_at": messageTime(n).Format(time.RFC3339),
			})
			if len(rows) < 1000 && n+1 < a.sizes.of(room) {
				continue
			}
			body, err := json.Marshal(rows)
			if err != nil {
				return err
			}
			if err := r.call(admin("/rest/v1/messages", string(body)), nil); err != nil {
				return err
			}
			rows = rows[:0]
		}
	}
	return nil
}

func (a *plinthAPI) request(op Op, n int) drive.Request {
	get := func(path string) drive.Request {
		return drive.Request{Method: "GET", Path: "/rest/v1/" + path, Header: a.header}
	}
	switch op {
	case SignIn:
		return drive.Request{Method: "POST", Path: "/auth/v1/token?grant_type=password", Header: "Apikey: " + Publishable + "\r\n",
			Body: `{"email":"` + email(0) + `","password":"` + password + `"}`}
	case Get:
		return get("messages?select=id,body,created_at&id=eq." + messageID(ListRoom, n%a.sizes.List))
	case List:
		return get("messages?select=id,body,created_at,author:profiles(id,name)&room_id=eq." + strconv.Itoa(ListRoom) + "&order=created_at.desc&limit=50")
	case Count:
		return drive.Request{Method: "HEAD", Path: "/rest/v1/messages?select=id&room_id=eq." + strconv.Itoa(CountRoom), Header: a.header + "Prefer: count=exact\r\n"}
	case Nested:
		return get("rooms?select=id,name,members(role,profiles(name))&order=id&limit=5")
	}
	return drive.Request{Method: "POST", Path: "/rest/v1/messages?select=id,body,created_at", Header: a.header + "Prefer: return=representation\r\n",
		Body: `{"room_id":` + strconv.Itoa(InsertRoom) + `,"body":"` + Inserted(n) + `"}`}
}

func (a *plinthAPI) read(op Op, ans drive.Answer) (answer, error) {
	if op != Count {
		return readRows(op, ans.Body)
	}
	_, total, _ := strings.Cut(ans.Range, "/")
	n, err := strconv.Atoi(total)
	return answer{count: n}, err
}
