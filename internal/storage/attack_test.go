package storage_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/token"
)

// Names that lead elsewhere, in every form in which they arrive. None may be stored,
// and none may read a file that lies elsewhere.
func TestPathAttacks(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.want(200, "service", "POST", "/object/private/secret", "the secret")
	for _, name := range []string{
		"..%2fprivate%2fsecret", "%2e%2e/private/secret", "..%5cprivate", "a/..%2f..%2fprivate/secret",
		"%252e%252e%252fsecret", "a%00.txt", "a%0d%0ab", "%ff%fe", "caf%C3%A9", "cafe%CC%81", "%EF%BC%8E%EF%BC%8E%2fsecret", // full-width dots
		"%C0%AE%C0%AE%2fsecret", "%E2%80%8B", "a%7Fb", "con%3c", strings.Repeat("a", 1025), strings.Repeat("a%2f", 600), "%", "a%2",
		"a%09b", "%20%2f%2e%2e", "a%2f%2fb", "%2fetc%2fpasswd", ".%2f..%2fsecret", "~%2f%2e%2e", "a%3f%23",
	} {
		for _, c := range []struct{ method, path string }{
			{"POST", "/object/pub/"}, {"PUT", "/object/pub/"}, {"GET", "/object/public/pub/"}, {"GET", "/object/info/public/pub/"},
			{"GET", "/render/image/public/pub/"}, {"DELETE", "/object/pub/"}, {"POST", "/object/sign/pub/"}, {"POST", "/object/upload/sign/pub/"},
		} {
			line := c.method + " /storage/v1" + c.path + name
			code, body := h.raw(line, "x")
			if code < 400 || strings.Contains(body, "the secret") {
				t.Errorf("%s = %d %s", line, code, body)
			}
		}
	}
	// Case is kept, on every file system.
	h.want(200, "service", "POST", "/object/pub/Name", "upper")
	h.want(200, "service", "POST", "/object/pub/name", "lower")
	if a := h.want(200, "", "GET", "/object/public/pub/Name", ""); a.body != "upper" {
		t.Errorf("Name = %q", a.body)
	}
	// Names that a file system keeps for itself are names like others.
	for _, name := range []string{"CON", "nul.txt", "a.", "a:b", ".hidden", "COM1", "-rf", "$HOME", "a..b", "..."} {
		h.want(200, "service", "POST", "/object/pub/"+url.PathEscape(name), name)
		if a := h.want(200, "", "GET", "/object/public/pub/"+url.PathEscape(name), ""); a.body != name {
			t.Errorf("%s = %q", name, a.body)
		}
	}
}

// raw sends a request line as it is, as the service.
func (h *house) raw(line, body string, header ...string) (int, string) {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.srv.Listener.Addr().String())
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	head := append([]string{line + " HTTP/1.1", "Host: x", "Connection: close", "Authorization: Bearer " + h.bearer("service"), fmt.Sprintf("Content-Length: %d", len(body))}, header...)
	fmt.Fprintf(conn, "%s\r\n\r\n%s", strings.Join(head, "\r\n"), body)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		h.t.Fatalf("%s: %v", line, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatalf("%s: %v", line, err)
	}
	return res.StatusCode, string(text)
}

// Nothing that a client says of a file can become a header, or a page that runs.
func TestWhatIsSaidOfAFileStaysHarmless(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	for i, c := range []struct{ kind, cache, encoding, shown string }{
		{"text/html", "no-cache", "", "text/plain"}, {"TEXT/HTML; charset=x", "", "", "text/plain"}, {"application/xhtml+xml", "", "", "text/plain"},
		{"text/plain\x00", "max-age=1\x7f", "", ""}, {strings.Repeat("a", 5000), strings.Repeat("b", 5000), "", ""},
		{"image/png", "", "identity, gzip\r\nX: y", "image/png"}, {"ünï/cöde", "ünï", "exe", ""},
	} {
		name := fmt.Sprintf("/object/pub/f%d", i)
		form := "--x\r\nContent-Disposition: form-data; name=\"cacheControl\"\r\n\r\n" + c.cache + "\r\n" +
			"--x\r\nContent-Disposition: form-data; name=\"contentEncoding\"\r\n\r\n" + c.encoding + "\r\n" +
			"--x\r\nContent-Disposition: form-data; name=\"contentType\"\r\n\r\n" + c.kind + "\r\n" +
			"--x\r\nContent-Disposition: form-data; name=\"\"; filename=\"f\"\r\n\r\nbytes\r\n--x--\r\n"
		h.want(200, "service", "POST", name, form, "Content-Type: multipart/form-data; boundary=x")
		a := h.want(200, "", "GET", strings.Replace(name, "/object/", "/object/public/", 1), "")
		if kind := a.header.Get("Content-Type"); c.shown != "" && kind != c.shown || strings.Contains(kind, "html") {
			t.Errorf("%+v is shown as %q", c, kind)
		}
		if a.header.Get("X") != "" || a.header.Get("Content-Encoding") != "" || a.header.Get("X-Content-Type-Options") != "nosniff" || a.body != "bytes" {
			t.Errorf("%+v: %v %q", c, a.header, a.body)
		}
	}
	// A lie about the type of a picture: its bytes decide whether it can be drawn.
	h.want(200, "service", "POST", "/object/pub/lie.png", "<script>", "Content-Type: image/png")
	if a := h.want(400, "", "GET", "/render/image/public/pub/lie.png?width=10", ""); !strings.Contains(a.body, `"422"`) {
		t.Errorf("a lie was drawn: %s", a.body)
	}
	// Two lengths, and two ways to say where a body ends.
	for _, header := range [][]string{{"Content-Length: 2"}, {"Transfer-Encoding: chunked", "Transfer-Encoding: identity"}, {"Transfer-Encoding: xchunked"}} {
		if code, body := h.raw("POST /storage/v1/object/pub/smuggled", "hello", header...); code < 400 {
			t.Errorf("%q = %d %s", header, code, body)
		}
	}
}

// A token of a signed URL opens what it names, for as long as it says, and nothing
// else; what is made up opens nothing.
func TestSignedURLsAreNotForged(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	mine := "private/" + uid(1) + "/a.txt"
	h.want(200, "ann", "POST", "/object/"+mine, "hers", "Content-Type: text/plain")
	var out struct{ SignedURL, Token string }
	if err := json.Unmarshal([]byte(h.want(200, "ann", "POST", "/object/sign/"+mine, `{"expiresIn":60}`).body), &out); err != nil {
		t.Fatal(err)
	}
	good := out.SignedURL[strings.Index(out.SignedURL, "token=")+6:]
	h.want(200, "", "GET", "/object/sign/"+mine+"?token="+good, "")
	parts := strings.Split(good, ".")
	enc := base64.RawURLEncoding.EncodeToString
	claims := fmt.Sprintf(`{"url":%q,"scope":"storage_download","exp":9999999999}`, mine)
	stranger, err := token.NewKeyring(token.NewHS256("another secret of at least thirty-two characters"))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := stranger.Sign(json.RawMessage(claims))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(claims string) string {
		tok, err := h.ring.Sign(json.RawMessage(claims))
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	for what, tok := range map[string]string{
		"no algorithm":          enc([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + enc([]byte(claims)) + ".",
		"another algorithm":     enc([]byte(`{"alg":"HS512"}`)) + "." + enc([]byte(claims)) + "." + parts[2],
		"another's key":         foreign,
		"other claims":          parts[0] + "." + enc([]byte(claims)) + "." + parts[2],
		"no signature":          parts[0] + "." + parts[1] + ".",
		"a cut signature":       good[:len(good)-4],
		"an access token":       h.bearer("ann"),
		"the service's":         h.bearer("service"),
		"another file":          sign(`{"url":"private/x","scope":"storage_download","exp":9999999999}`),
		"a prefix of the file":  sign(`{"url":"private","scope":"storage_download","exp":9999999999}`),
		"no scope":              sign(fmt.Sprintf(`{"url":%q,"exp":9999999999}`, mine)),
		"the scope of uploads":  sign(fmt.Sprintf(`{"url":%q,"scope":"storage_upload","exp":9999999999}`, mine)),
		"no end":                sign(fmt.Sprintf(`{"url":%q,"scope":"storage_download"}`, mine)),
		"an end that is past":   sign(fmt.Sprintf(`{"url":%q,"scope":"storage_download","exp":1}`, mine)),
		"nothing":               "",
		"a very long one":       strings.Repeat("a.", 10_000),
		"an array for a claim":  sign(`{"url":["` + mine + `"],"scope":"storage_download","exp":9999999999}`),
		"the URL with a suffix": sign(fmt.Sprintf(`{"url":%q,"scope":"storage_download","exp":9999999999}`, mine+"/..")),
	} {
		for _, path := range []string{"/object/sign/" + mine, "/render/image/sign/" + mine} {
			if a := h.call("", "GET", path+"?token="+url.QueryEscape(tok), ""); a.code < 400 {
				t.Errorf("%s opens %s: %d %s", what, path, a.code, a.body)
			}
		}
		if a := h.call("", "PUT", "/object/upload/sign/"+mine+"?token="+url.QueryEscape(tok), "x", "X-Upsert: true"); a.code < 400 && what != "the scope of uploads" {
			t.Errorf("%s writes: %d %s", what, a.code, a.body)
		}
	}
	// A signed token is no access token.
	if a := h.call("", "GET", "/object/authenticated/"+mine, "", "Authorization: Bearer "+good); a.code < 400 {
		t.Errorf("a signed token is a person: %d", a.code)
	}
	h.now = h.now.Add(61 * time.Second)
	if a := h.want(400, "", "GET", "/object/sign/"+mine+"?token="+good, ""); !strings.Contains(a.body, "exp") {
		t.Errorf("after its time: %s", a.body)
	}
}

// A signed upload is good once: whoever plays it again meets the file that is there.
func TestASignedUploadIsNotPlayedAgain(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	var out struct{ Token string }
	if err := json.Unmarshal([]byte(h.want(200, "service", "POST", "/object/upload/sign/pub/once", "").body), &out); err != nil {
		t.Fatal(err)
	}
	h.want(200, "", "PUT", "/object/upload/sign/pub/once?token="+out.Token, "first")
	h.want(400, "", "PUT", "/object/upload/sign/pub/once?token="+out.Token, "second", "X-Upsert: true")
	if a := h.want(200, "", "GET", "/object/public/pub/once", ""); a.body != "first" {
		t.Errorf("the file is %q", a.body)
	}
	h.agree(1)
}
