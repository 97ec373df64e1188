package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// soakWriter is a signed-in phone that alone writes its rows and files, and knows what
// each of them may be: an answer that the model does not allow is a fault.
type soakWriter struct {
	soak   *soak
	n      int // its number, 0 for the first
	next   int // of its next row
	random *rand.Rand
	token  string
	again  string // the refresh token
	id     string // of the user

	renewing bool // its token was of another time
	rows     map[int][]string
	files    map[string][]string
	// unsure are rows and files whose last write was not answered. It may have been
	// done, so they are never written again: what they may be stays true.
	unsure map[string]bool
}

// gone is a row or file that is not there.
const gone = "\x00gone"

// soak is what its writers share.
type soak struct {
	url     atomic.Pointer[string]
	web     *http.Client
	ctx     context.Context
	started time.Time
	jumped  atomic.Bool  // the server's clock did, so that tokens may be of another time
	stale   atomic.Int64 // tokens that were, and were renewed
	reads   atomic.Int64 // answered
	writes  atomic.Int64 // acknowledged
	away    atomic.Int64 // requests that were not answered, or with a refusal that says come again
	full    atomic.Int64 // refused for want of room
	mu      sync.Mutex
	wrong   []string
}

// fault notes a wrong answer; the first hundred are kept.
func (s *soak) fault(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.wrong) < 100 {
		s.wrong = append(s.wrong, fmt.Sprintf("%6.1f s  ", time.Since(s.started).Seconds())+fmt.Sprintf(format, args...))
	}
}

// heard is an answer; status 0 means that there was none.
type heard struct {
	status int
	body   string
}

// lost says that the server may or may not have done what it was asked.
func (h heard) lost() bool { return h.status == 0 || h.status >= 500 }

// stale says that the token is of another time. Storage says so in its own way.
func (h heard) stale() bool {
	return h.status == http.StatusUnauthorized || h.status == http.StatusBadRequest && strings.Contains(h.body, `"error":"Unauthorized"`)
}

// call sends a request as the writer. What no server may answer is noted here.
func (w *soakWriter) call(method, path, kind, body string) heard {
	s := w.soak
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, *s.url.Load()+path, strings.NewReader(body))
	if err != nil {
		s.fault("%v", err)
		return heard{}
	}
	req.Header.Set("Apikey", localPublishable)
	if w.token != "" {
		req.Header.Set("Authorization", "Bearer "+w.token)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := s.web.Do(req)
	if err != nil {
		s.away.Add(1)
		return heard{}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.away.Add(1)
		return heard{}
	}
	h := heard{res.StatusCode, string(text)}
	switch {
	case h.status == http.StatusInsufficientStorage:
		s.full.Add(1)
	case h.stale() && s.jumped.Load() && !w.renewing:
		s.stale.Add(1)
		h.status, w.renewing = http.StatusUnauthorized, true
		w.refresh()
		w.renewing = false
	case h.status == http.StatusInternalServerError || h.status == http.StatusUnauthorized:
		s.fault("%s %s = %d %.300s", method, path, h.status, h.body)
	case h.status >= 500 || h.status == http.StatusTooManyRequests:
		s.away.Add(1)
	}
	return h
}

// signUp retries until the account is there and its token known.
func (w *soakWriter) signUp() error {
	body := fmt.Sprintf(`{"email":"phone%d-%d@example.com","password":"a long password %d"}`, w.n, w.soak.started.UnixNano(), w.n)
	path := "/auth/v1/signup"
	for range 20 {
		h := w.call(http.MethodPost, path, "application/json", body)
		if h.status == http.StatusOK {
			return w.keep(h.body)
		}
		if !h.lost() { // the sign-up before was done
			path = "/auth/v1/token?grant_type=password"
		}
		if !w.pause(time.Second) {
			break
		}
	}
	return errors.New("no account after 20 tries")
}

func (w *soakWriter) keep(session string) error {
	var s struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		User         struct{ ID string }
	}
	if err := json.Unmarshal([]byte(session), &s); err != nil {
		return err
	}
	if s.AccessToken == "" || s.User.ID == "" || w.id != "" && s.User.ID != w.id {
		return fmt.Errorf("a session of somebody else, or of nobody: %.200s", session)
	}
	w.token, w.again, w.id = s.AccessToken, s.RefreshToken, s.User.ID
	return nil
}

// pause returns false where the soak ends.
func (w *soakWriter) pause(d time.Duration) bool {
	select {
	case <-w.soak.ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// mostRows is how many rows a writer has at most: an answer has at most 1,000.
const mostRows = 800

// there counts the rows that may be there.
func (w *soakWriter) there() (n int) {
	for _, may := range w.rows {
		if len(may) > 1 || may[0] != gone {
			n++
		}
	}
	return n
}

// run sends mixed traffic until stop is closed.
func (w *soakWriter) run(stop <-chan struct{}, every time.Duration) {
	for {
		select {
		case <-stop:
			return
		case <-w.soak.ctx.Done():
			return
		case <-time.After(every):
		}
		switch k := w.random.IntN(100); {
		case k < 30 && w.there() < mostRows:
			w.insert()
		case k >= 30 && k < 45:
			w.change()
		case k < 55:
			w.remove()
		case k < 75:
			w.readOne()
		case k < 85:
			w.readAll()
		case k < 90:
			w.total()
		case k < 92:
			w.refresh()
		default:
			w.file()
		}
	}
}

// settle writes down what a row may be after a write: to, or also what it was.
func (w *soakWriter) settle(id int, to string, h heard) {
	was := w.rows[id]
	switch {
	case h.status >= 200 && h.status < 300:
		w.rows[id] = []string{to}
		w.soak.writes.Add(1)
	case h.lost() && h.status != http.StatusInsufficientStorage:
		w.rows[id] = append(slices.Clone(was), to)
		w.unsure[fmt.Sprint(id)] = true
	}
}

func (w *soakWriter) insert() {
	w.next++
	id := w.n*10_000_000 + w.next
	text := w.text()
	w.rows[id] = []string{gone}
	h := w.call(http.MethodPost, "/rest/v1/notes", "application/json", fmt.Sprintf(`{"id":%d,"body":%q}`, id, text))
	w.settle(id, text, h)
}

// sure is a row that is there for certain, 0 where there is none.
func (w *soakWriter) sure() int {
	for id, may := range w.rows { // a map's order is random enough
		if len(may) == 1 && may[0] != gone && !w.unsure[fmt.Sprint(id)] {
			return id
		}
	}
	return 0
}

func (w *soakWriter) change() {
	if id := w.sure(); id != 0 {
		text := w.text()
		h := w.call(http.MethodPatch, fmt.Sprintf("/rest/v1/notes?id=eq.%d", id), "application/json", fmt.Sprintf(`{"body":%q}`, text))
		w.settle(id, text, h)
	}
}

func (w *soakWriter) remove() {
	if id := w.sure(); id != 0 {
		w.settle(id, gone, w.call(http.MethodDelete, fmt.Sprintf("/rest/v1/notes?id=eq.%d", id), "", ""))
	}
}

func (w *soakWriter) text() string {
	return fmt.Sprintf("%d %x", w.random.Uint64(), make([]byte, w.random.IntN(200)))
}

// readOne reads a row that was ever written, there or not.
func (w *soakWriter) readOne() {
	if w.next == 0 {
		return
	}
	w.read(fmt.Sprintf("id=eq.%d", w.n*10_000_000+1+w.random.IntN(w.next)), false)
}

// readAll reads as many rows as an answer may have: the model is kept below that.
func (w *soakWriter) readAll() { w.read("id=gt.0&order=id", true) }

func (w *soakWriter) read(filter string, all bool) {
	h := w.call(http.MethodGet, "/rest/v1/notes?select=id,owner,body&"+filter, "", "")
	if h.status != http.StatusOK {
		return
	}
	w.soak.reads.Add(1)
	var got []struct {
		ID          int
		Owner, Body string
	}
	if err := json.Unmarshal([]byte(h.body), &got); err != nil {
		w.soak.fault("read %s: %v in %.200s", filter, err, h.body)
		return
	}
	seen := map[int]bool{}
	for _, row := range got {
		seen[row.ID] = true
		if row.Owner != w.id {
			w.soak.fault("writer %d sees a row of %s", w.n, row.Owner)
		} else if !slices.Contains(w.rows[row.ID], row.Body) {
			w.soak.fault("row %d is %.60q, may be %.200q", row.ID, row.Body, w.rows[row.ID])
		}
	}
	for id, may := range w.rows {
		if (all || filter == fmt.Sprintf("id=eq.%d", id)) && !seen[id] && !slices.Contains(may, gone) {
			w.soak.fault("row %d is lost, may be %.200q", id, may)
		}
	}
}

// total asks whether the trigger's sum is that of the rows.
func (w *soakWriter) total() {
	h := w.call(http.MethodGet, "/rest/v1/rpc/off_by", "", "")
	if h.status == http.StatusOK && h.body != "0" {
		w.soak.fault("the total is off by %s", h.body)
	}
}

// refresh takes a new token; where the answer is lost the old one is sent again, as
// phones do.
func (w *soakWriter) refresh() {
	h := w.call(http.MethodPost, "/auth/v1/token?grant_type=refresh_token", "application/json", fmt.Sprintf(`{"refresh_token":%q}`, w.again))
	switch {
	case h.status == http.StatusOK:
		if err := w.keep(h.body); err != nil {
			w.soak.fault("refresh: %v", err)
		}
	case !h.lost() && h.status != http.StatusTooManyRequests:
		w.soak.fault("the refresh of an innocent phone = %d %.200s", h.status, h.body)
	}
}

// file uploads a new file, or reads or deletes one that is there.
func (w *soakWriter) file() {
	for name, may := range w.files {
		if w.random.IntN(2) == 0 {
			w.readFile(name, may)
			return
		}
		if !w.unsure[name] && may[0] != gone && w.random.IntN(3) == 0 {
			w.settleFile(name, gone, w.call(http.MethodDelete, "/storage/v1/object/files/"+name, "", ""))
			return
		}
	}
	w.next++
	name, body := fmt.Sprintf("%d-%d.bin", w.n, w.next), w.text()
	w.files[name] = []string{gone}
	w.settleFile(name, body, w.call(http.MethodPost, "/storage/v1/object/files/"+name, "application/octet-stream", body))
}

func (w *soakWriter) settleFile(name, to string, h heard) {
	switch {
	case h.status >= 200 && h.status < 300:
		w.files[name] = []string{to}
		w.soak.writes.Add(1)
	case h.lost() && h.status != http.StatusInsufficientStorage:
		w.files[name] = append(w.files[name], to)
		w.unsure[name] = true
	}
}

func (w *soakWriter) readFile(name string, may []string) {
	h := w.call(http.MethodGet, "/storage/v1/object/authenticated/files/"+name, "", "")
	switch {
	case h.status == http.StatusOK:
		w.soak.reads.Add(1)
		if !slices.Contains(may, h.body) {
			w.soak.fault("file %s has %d bytes that nobody wrote", name, len(h.body))
		}
	case (h.status == http.StatusNotFound || h.status == http.StatusBadRequest) && !slices.Contains(may, gone):
		w.soak.fault("file %s is lost: %d %.200s", name, h.status, h.body)
	}
}

// check reads everything once more.
func (w *soakWriter) check() {
	w.readAll()
	w.total()
	for name, may := range w.files {
		w.readFile(name, may)
	}
}

// oversized sends what no server should take, and expects a refusal of the client's
// fault. It returns what it was answered otherwise.
func (s *soak) oversized(key string) error {
	url := *s.url.Load()
	large := bytes.Repeat([]byte("x"), 12<<20)
	for _, r := range []struct{ method, path, head string }{
		{http.MethodPost, "/rest/v1/notes", ""},
		{http.MethodPost, "/auth/v1/signup", ""},
		{http.MethodGet, "/rest/v1/notes?body=eq." + strings.Repeat("y", 40_000), ""},
		{http.MethodGet, "/rest/v1/notes", strings.Repeat("z", 200_000)},
	} {
		body := large
		if r.method == http.MethodGet {
			body = nil
		}
		ctx, cancel := context.WithTimeout(s.ctx, patience)
		req, err := http.NewRequestWithContext(ctx, r.method, url+r.path, bytes.NewReader(body))
		if err != nil {
			cancel()
			return err
		}
		req.Header.Set("Apikey", key)
		req.Header.Set("Content-Type", "application/json")
		if r.head != "" {
			req.Header.Set("X-Large", r.head)
		}
		res, err := s.web.Do(req)
		if err != nil { // cut off while it was sent: a refusal, too
			cancel()
			continue
		}
		res.Body.Close()
		cancel()
		if res.StatusCode < 400 || res.StatusCode == http.StatusInternalServerError {
			return fmt.Errorf("oversized %s %.40s = %d", r.method, r.path, res.StatusCode)
		}
	}
	return nil
}
