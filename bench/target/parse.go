package target

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/proc"
)

// parseServer is Parse Server on a Postgres of its own, which it reaches over TCP: its
// driver knows no Unix sockets.
func parseServer(ctx context.Context, h Home) (*Running, error) {
	r := &Running{}
	port, err := proc.FreePort()
	if err != nil {
		return nil, err
	}
	if _, err := database(ctx, r, "listen_addresses=127.0.0.1", "port="+port); err != nil {
		return nil, err
	}
	err = r.serve(ctx, proc.Command{
		Path: "node", Args: []string{"server.mjs"}, Dir: filepath.Join(h.Rivals, "parse"), Health: "/health",
		Env: []string{
			"NODE_ENV=production", "PORT={port}", "JWT_SECRET=" + secret, "DATABASE=postgres://postgres@127.0.0.1:" + port + "/postgres",
			fmt.Sprint("LIST=", h.Sizes.List), fmt.Sprint("COUNT=", h.Sizes.Count),
		},
	})
	if err != nil {
		return nil, err
	}
	a := &parseAPI{sizes: h.Sizes, header: "X-Parse-Application-Id: chat\r\n"}
	r.api = a
	if err := r.call(drive.Request{Method: "GET", Path: "/health"}, a); err != nil {
		r.Stop()
		return nil, err
	}
	var session struct{ SessionToken string }
	if err := r.call(a.request(SignIn, 0), &session); err != nil {
		r.Stop()
		return nil, err
	}
	a.session = a.header + "X-Parse-Session-Token: " + session.SessionToken + "\r\n"
	return r, nil
}

type parseAPI struct {
	Rooms           []string
	sizes           Sizes
	header, session string
}

func (a *parseAPI) pointer(room int) string {
	return `{"__type":"Pointer","className":"Room","objectId":"` + a.Rooms[room-1] + `"}`
}

func (a *parseAPI) request(op Op, n int) drive.Request {
	get := func(path string) drive.Request {
		return drive.Request{Method: "GET", Path: "/parse/classes/" + path, Header: a.session}
	}
	in := func(room int) string { return "where=" + url.QueryEscape(`{"room":`+a.pointer(room)+`}`) }
	switch op {
	case SignIn:
		return drive.Request{Method: "POST", Path: "/parse/login", Header: a.header, Body: `{"username":"` + email(0) + `","password":"` + password + `"}`}
	case Get:
		return get(fmt.Sprintf("Message/m%d%013d?keys=body,sentAt", ListRoom, n%a.sizes.List))
	case List:
		return get("Message?order=-sentAt&limit=50&include=author&keys=body,sentAt,author.name&" + in(ListRoom))
	case Count:
		return get("Message?count=1&limit=0&" + in(CountRoom))
	case Nested:
		return get("Member?include=user,room&keys=role,user.name,room.name&limit=1000")
	}
	return drive.Request{Method: "POST", Path: "/parse/classes/Message", Header: a.session, Body: `{"room":` + a.pointer(InsertRoom) + `,"body":"` + Inserted(n) + `"}`}
}

// parseObject is an object with what is included in it.
type parseObject struct {
	ObjectID, Body     string
	Author, User, Room struct{ Name string }
}

func (a *parseAPI) read(op Op, ans drive.Answer) (answer, error) {
	out := answer{rooms: map[string][]string{}}
	var list struct {
		SessionToken string
		Count        int
		Results      []parseObject
	}
	if op == Get || op == Insert {
		list.Results = make([]parseObject, 1)
		if err := json.Unmarshal(ans.Body, &list.Results[0]); err != nil {
			return out, err
		}
	} else if err := json.Unmarshal(ans.Body, &list); err != nil {
		return out, err
	}
	if op == SignIn && list.SessionToken == "" {
		return out, errShape
	}
	out.count = list.Count
	for _, o := range list.Results {
		out.rows = append(out.rows, row{o.ObjectID, o.Body, o.Author.Name})
		out.rooms[o.Room.Name] = append(out.rooms[o.Room.Name], o.User.Name)
	}
	return out, nil
}
