package cert

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// put writes a new pair for a name into dir.
func put(t *testing.T, dir, name string) Files {
	t.Helper()
	c, k, err := Sign([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	f := Files{Cert: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem"), Log: slog.New(slog.DiscardHandler)}
	write(t, f.Cert, c)
	write(t, f.Key, k)
	return f
}

// write replaces a file, as who renews certificates does.
func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func shown(t *testing.T, p *Pair) string {
	t.Helper()
	c, err := p.Get(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(c.Leaf.DNSNames, ",")
}

func TestChangedFilesAreReadAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := put(t, dir, "a.test")
	var log bytes.Buffer
	files.Log = slog.New(slog.NewTextHandler(&log, nil))
	p, err := Open(files)
	if err != nil {
		t.Fatal(err)
	}
	clock := p.looked
	p.now = func() time.Time { return clock }
	put(t, dir, "b.test")
	if got := shown(t, p); got != "a.test" {
		t.Errorf("within a second: %s", got)
	}
	clock = clock.Add(lookEvery)
	if got := shown(t, p); got != "b.test" {
		t.Errorf("a second later: %s", got)
	}
	// A certificate whose key has not come yet, and a file that is not there.
	c, k, err := Sign([]string{"longer.c.test"})
	if err != nil {
		t.Fatal(err)
	}
	write(t, files.Cert, c)
	for range 3 {
		clock = clock.Add(lookEvery)
		if got := shown(t, p); got != "b.test" {
			t.Errorf("a pair that does not fit: %s", got)
		}
	}
	if n := strings.Count(log.String(), "the old one stays"); n != 1 {
		t.Errorf("it was said %d times:\n%s", n, &log)
	}
	write(t, files.Key, k)
	clock = clock.Add(lookEvery)
	if got := shown(t, p); got != "longer.c.test" {
		t.Errorf("once both fit: %s", got)
	}
	if err := os.Remove(files.Key); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(lookEvery)
	if got := shown(t, p); got != "longer.c.test" {
		t.Errorf("without its key's file: %s", got)
	}
	if strings.Contains(log.String(), "PRIVATE") {
		t.Error("a key is in the log")
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := put(t, dir, "a.test")
	other := put(t, t.TempDir(), "b.test")
	for _, f := range []Files{
		{Cert: files.Cert, Key: filepath.Join(dir, "nowhere")},
		{Cert: files.Key, Key: files.Key},
		{Cert: files.Cert, Key: other.Key},
	} {
		if _, err := Open(f); err == nil {
			t.Errorf("%v was taken", f)
		}
	}
}

func TestOwnIsMadeOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	read := func(names ...string) string {
		t.Helper()
		c, k, err := Own(dir, names)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Open(Files{Cert: c, Key: k})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if err := p.cert.Leaf.VerifyHostname(n); err != nil {
				t.Error(err)
			}
		}
		return p.cert.Leaf.SerialNumber.String()
	}
	first := read("localhost", "127.0.0.1")
	if again := read("localhost", "127.0.0.1"); again != first {
		t.Error("it was made anew")
	}
	if other := read("localhost", "192.0.2.1"); other == first {
		t.Error("it was not made anew for another address")
	}
	st, err := os.Stat(filepath.Join(dir, OwnKey))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v %v", st.Mode(), err)
	}
}
