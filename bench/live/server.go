package live

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/target"
)

// Server is a realtime server in one of its roles.
type Server struct {
	Name, Note string
	Stored     bool // a message is a row that is stored, and goes to a room's members
	Start      func(ctx context.Context, h target.Home) (*target.Running, error)

	join    func(r *target.Running, n int) (*socket, error)
	publish func(r *target.Running, n int) []drive.Request // of n messages
}

const text = mark + ", about as long as a message in a chat usually is"

// All are the servers, Plinth first.
func All() []*Server {
	onSQLite, onPostgres := target.Named("plinth-sqlite"), target.Named("plinth-pg")
	return []*Server{
		{Name: "plinth", Note: "broadcast", Start: onSQLite.Start, join: joinBroadcast, publish: publishBroadcast},
		{Name: "centrifugo", Note: "v6, JSON", Start: target.Centrifugo, join: joinCentrifugo, publish: publishCentrifugo},
		{Name: "ws", Note: "ws on Node, by hand", Start: target.Sockets("ws"), join: joinWS, publish: publishNode},
		{Name: "socket.io", Note: "on Node, by hand", Start: target.Sockets("socketio"), join: joinSocketIO, publish: publishNode},
		{Name: "plinth-sqlite", Stored: true, Note: "postgres_changes", Start: onSQLite.Start, join: joinChanges, publish: insertPlinth},
		{Name: "plinth-pg", Stored: true, Note: "postgres_changes", Start: onPostgres.Start, join: joinChanges, publish: insertPlinth},
		{Name: "ws-pg", Stored: true, Note: "insert, ask for the room's members, send to their sockets, by hand", Start: target.Sockets("ws", "pg"), join: joinWS, publish: insertNode},
		{Name: "pocketbase", Stored: true, Note: "server-sent events", Start: target.Named("pocketbase").Start, join: joinPocketBase, publish: insertPocketBase},
	}
}

func joinPlinth(r *target.Running, config string) (*socket, error) {
	s, err := open(r.Addr, "/realtime/v1/websocket?vsn=2.0.0&apikey="+target.Publishable, "", false)
	if err != nil {
		return nil, err
	}
	err = s.say(`["1","1","realtime:room","phx_join",{"config":` + config + `,"access_token":"` + r.Token + `"}]`)
	if err == nil {
		_, err = s.expect(`"status":"ok"`)
	}
	return s, err
}

func joinBroadcast(r *target.Running, _ int) (*socket, error) {
	return joinPlinth(r, `{"broadcast":{},"presence":{"enabled":false}}`)
}

// times joins n copies of a message to a JSON array.
func times(n int, message string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(message+",", n), ",") + "]"
}

func publishBroadcast(_ *target.Running, n int) []drive.Request {
	return []drive.Request{{Method: "POST", Path: "/realtime/v1/api/broadcast", Header: "Apikey: " + target.SecretKey + "\r\n",
		Body: `{"messages":` + times(n, `{"topic":"room","event":"message","payload":{"body":"`+text+`"}}`) + `}`}}
}

func joinChanges(r *target.Running, _ int) (*socket, error) {
	s, err := joinPlinth(r, `{"presence":{"enabled":false},"postgres_changes":[{"event":"INSERT","schema":"public","table":"messages","filter":"room_id=eq.3"}]}`)
	if err == nil {
		_, err = s.expect("Subscribed to PostgreSQL")
	}
	return s, err
}

func insertPlinth(r *target.Running, n int) []drive.Request {
	req := r.Request(target.Insert, 0)
	req.Path = strings.Replace(req.Path, "?select=id,body,created_at", "", 1)
	req.Header = strings.Replace(req.Header, "Prefer: return=representation\r\n", "", 1)
	req.Body = strings.Replace(req.Body, target.Inserted(0), text, 1)
	return slices.Repeat([]drive.Request{req}, n)
}

func joinCentrifugo(r *target.Running, _ int) (*socket, error) {
	s, err := open(r.Addr, "/connection/websocket", "", false)
	if err != nil {
		return nil, err
	}
	for i, command := range []string{`{"id":1,"connect":{}}`, `{"id":2,"subscribe":{"channel":"room"}}`} {
		if err := s.say(command); err != nil {
			return nil, err
		}
		reply, err := s.expect(fmt.Sprintf(`"id":%d`, i+1))
		if err != nil || strings.Contains(reply, `"error"`) {
			return nil, fmt.Errorf("%s: %s %w", command, reply, err)
		}
	}
	return s, nil
}

func publishCentrifugo(_ *target.Running, n int) []drive.Request {
	return []drive.Request{{Method: "POST", Path: "/api/batch", Body: `{"commands":` + times(n, `{"publish":{"channel":"room","data":{"body":"`+text+`"}}}`) + `}`}}
}

func joinWS(r *target.Running, _ int) (*socket, error) {
	s, err := open(r.Addr, "/?room=3&token="+r.Token, "", false)
	if err == nil {
		_, err = s.expect("joined")
	}
	return s, err
}

func publishNode(_ *target.Running, n int) []drive.Request {
	return []drive.Request{{Method: "POST", Path: "/publish", Body: times(n, `{"body":"`+text+`"}`)}}
}

func insertNode(r *target.Running, n int) []drive.Request {
	return slices.Repeat([]drive.Request{{Method: "POST", Path: "/rooms/3/messages", Header: "Authorization: Bearer " + r.Token + "\r\n", Body: `{"body":"` + text + `"}`}}, n)
}

func joinSocketIO(r *target.Running, _ int) (*socket, error) {
	s, err := open(r.Addr, "/socket.io/?EIO=4&transport=websocket", "", false)
	if err != nil {
		return nil, err
	}
	if _, err = s.expect("0{"); err == nil {
		err = s.say("40")
	}
	if err == nil {
		_, err = s.expect("joined")
	}
	return s, err
}

func joinPocketBase(r *target.Running, _ int) (*socket, error) {
	s, err := open(r.Addr, "/api/realtime", "Accept: text/event-stream\r\n", true)
	if err != nil {
		return nil, err
	}
	line, err := s.expect("clientId")
	if err != nil {
		return nil, err
	}
	var hello struct{ ClientID string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data:")), &hello); err != nil {
		return nil, fmt.Errorf("%q: %w", line, err)
	}
	c, err := drive.Dial(r.Addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	a, err := c.Do(&drive.Request{Method: "POST", Path: "/api/realtime", Header: "Authorization: Bearer " + r.Token + "\r\n",
		Body: `{"clientId":"` + hello.ClientID + `","subscriptions":["messages/*"]}`})
	if err == nil && a.Status > 299 {
		err = fmt.Errorf("subscribe: %d %s", a.Status, a.Body)
	}
	return s, err
}

func insertPocketBase(r *target.Running, n int) []drive.Request {
	req := r.Request(target.Insert, 0)
	req.Body = strings.Replace(req.Body, target.Inserted(0), text, 1)
	return slices.Repeat([]drive.Request{req}, n)
}
