package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
)

// Send makes the request of c to the server at base and returns "" or why the answer
// is not the expected one.
func (c *Case) Send(client *http.Client, base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	path, query, _ := strings.Cut("/"+strings.TrimPrefix(c.Path, "/"), "?")
	u.RawQuery = escape(query)
	u.RawPath = escape(path)
	if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
		return "", err
	}
	req, err := http.NewRequest(c.Method, u.String(), strings.NewReader(c.body()))
	if err != nil {
		return "", err
	}
	for _, h := range c.Headers {
		req.Header.Add(h[0], h[1])
	}
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	return c.check(res, body), nil
}

// escape writes the characters that a request line can't have as they are.
func escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if ch := s[i]; ch <= ' ' || ch >= 0x7f || strings.IndexByte("\"<>\\^`{|}#", ch) >= 0 {
			fmt.Fprintf(&b, "%%%02X", ch)
		} else {
			b.WriteByte(ch)
		}
	}
	return b.String()
}

var bareKey = regexp.MustCompile(`([{,]\s*)([A-Za-z_]\w*)\s*:`)

// body is the body of c. The specification writes some objects with bare names, as
// its own quoter allows; those go out as JSON.
func (c *Case) body() string {
	if c.Body == "" || json.Valid([]byte(c.Body)) || c.Expect.Status == http.StatusBadRequest {
		return c.Body
	}
	if quoted := bareKey.ReplaceAllString(c.Body, `$1"$2":`); json.Valid([]byte(quoted)) {
		return quoted
	}
	return c.Body
}

func (c *Case) check(res *http.Response, body []byte) string {
	if res.StatusCode != c.Expect.Status {
		return fmt.Sprintf("status %d, want %d: %.600s", res.StatusCode, c.Expect.Status, body)
	}
	if c.Expect.JSON != nil {
		if why := sameJSON(body, c.Expect.JSON); why != "" {
			return why
		}
	}
	if c.Expect.Body != nil && unmargined(*c.Expect.Body) != string(body) {
		return fmt.Sprintf("body %.900q, want %.900q", body, unmargined(*c.Expect.Body))
	}
	for _, h := range c.Expect.Headers {
		if why := checkHeader(res.Header, h); why != "" {
			return why
		}
	}
	if c.Expect.CtypeJSON && !c.names("Content-Type") && !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		return fmt.Sprintf("Content-Type is %q, want JSON", res.Header.Get("Content-Type"))
	}
	return ""
}

var margin = regexp.MustCompile(`(?m)^ +\||^ +\z`)

// unmargined is a text without the margin of bars that the specification's quoter takes
// away. A text that begins with a bar began on a line of its own.
func unmargined(text string) string {
	if !margin.MatchString(text) || !strings.Contains(text, " |") {
		return text
	}
	if strings.HasPrefix(strings.TrimLeft(text, " "), "|") {
		text = "\n" + text
	}
	return margin.ReplaceAllString(text, "")
}

// names reports whether the case says what a header must be.
func (c *Case) names(header string) bool {
	for _, h := range c.Expect.Headers {
		if strings.EqualFold(h[1], header) {
			return true
		}
	}
	return false
}

func checkHeader(h http.Header, want []string) string {
	got := strings.Join(h.Values(want[1]), ", ")
	switch want[0] {
	case "eq":
		if got != want[2] {
			return fmt.Sprintf("%s is %q, want %q", want[1], got, want[2])
		}
	case "contains":
		if !strings.Contains(got, want[2]) {
			return fmt.Sprintf("%s is %q, want it to contain %q", want[1], got, want[2])
		}
	case "absent":
		if len(h.Values(want[1])) > 0 {
			return fmt.Sprintf("%s is %q, want none", want[1], got)
		}
	}
	return ""
}

// sameJSON compares two texts as JSON values.
func sameJSON(got, want []byte) string {
	a, err := decode(got)
	if err != nil {
		return fmt.Sprintf("no JSON: %.300s", got)
	}
	b, err := decode(want)
	if err != nil {
		return "the case's own JSON: " + err.Error()
	}
	if !reflect.DeepEqual(a, b) {
		return fmt.Sprintf("JSON\n     got %.900s\n    want %.900s", got, want)
	}
	return ""
}

func decode(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if err = d.Decode(&v); err == nil && d.More() {
		err = fmt.Errorf("more than one value")
	}
	return v, err
}
