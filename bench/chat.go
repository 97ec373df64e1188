package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// chat is the workload of the example: a signed-in member of a room.
type chat struct {
	s     *server
	token string
	ids   []string
}

const messages = 2000

func prepare(s *server) (*chat, error) {
	c := &chat{s: s}
	var session struct {
		Token string `json:"access_token"`
	}
	err := c.call("POST", "/auth/v1/signup", `{"email":"bench@example.com","password":"a long password","data":{"name":"Bench"}}`, &session)
	if err != nil {
		return nil, err
	}
	c.token = session.Token
	if err := c.call("POST", "/rest/v1/members", `{"room_id":1}`, nil); err != nil {
		return nil, err
	}
	var batch []string
	for n := range messages {
		batch = append(batch, fmt.Sprintf(`{"room_id":1,"body":"message number %d, about as long as a message in a chat usually is"}`, n))
	}
	var rows []struct {
		ID string `json:"id"`
	}
	err = c.call("POST", "/rest/v1/messages?select=id", "["+strings.Join(batch, ",")+"]", &rows)
	for _, r := range rows {
		c.ids = append(c.ids, r.ID)
	}
	return c, err
}

func (c *chat) new(method, path, body string) (*http.Request, error) {
	req, err := http.NewRequest(method, c.s.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Apikey", "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

func (c *chat) call(method, path, body string, into any) error {
	req, err := c.new(method, path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Prefer", "return=representation")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode > 299 {
		return fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(bytes.NewReader(text)).Decode(into)
}

func (c *chat) workloads() []load {
	get := func(path string) func(int) (*http.Request, error) {
		return func(int) (*http.Request, error) { return c.new("GET", path, "") }
	}
	insert := func(n int) (*http.Request, error) {
		return c.new("POST", "/rest/v1/messages", fmt.Sprintf(`{"room_id":1,"body":"bench message %d"}`, n))
	}
	byID := func(n int) (*http.Request, error) {
		return c.new("GET", "/rest/v1/messages?select=id,body,created_at&id=eq."+c.ids[n%len(c.ids)], "")
	}
	signIn := func(int) (*http.Request, error) {
		return c.new("POST", "/auth/v1/token?grant_type=password", `{"email":"bench@example.com","password":"a long password"}`)
	}
	newest := "/rest/v1/messages?select=id,body,created_at,author:profiles(id,name)&room_id=eq.1&order=created_at.desc&limit=50"
	return []load{
		{"health", 16, get("/healthz"), 200},
		{"one message by id", 16, byID, 200},
		{"newest 50 with author", 16, get(newest), 200},
		{"rooms with their members", 16, get("/rest/v1/rooms?select=id,name,members(role,profiles(name))&limit=5"), 200},
		{"insert one, 1 client", 1, insert, 201},
		{"insert one, 16 clients", 16, insert, 201},
		{"insert one, 128 clients", 128, insert, 201},
		{"sign in", 2, signIn, 200},
	}
}
