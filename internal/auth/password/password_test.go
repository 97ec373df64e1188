package password

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// Hashes that others made.
const (
	// The example of Firebase's own scrypt tool.
	firebaseHash = "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
	// The examples of the reference implementation of argon2: "password" with "somesalt".
	argon2idHash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	argon2iHash  = "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"
)

func TestHashesFromElsewhere(t *testing.T) {
	t.Parallel()
	h := New(Config{AtOnce: 2})
	crypted, err := bcrypt.GenerateFromPassword([]byte("correct horse"), 4)
	if err != nil {
		t.Fatal(err)
	}
	own, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, hash, password string
		stale                bool
	}{
		{"own", own, "correct horse", false},
		{"bcrypt", string(crypted), "correct horse", true},
		{"bcrypt of PHP", strings.Replace(string(crypted), "$2a$", "$2y$", 1), "correct horse", true},
		{"Firebase", firebaseHash, "user1password", true},
		{"argon2id of more memory", argon2idHash, "password", false},
		{"argon2i", argon2iHash, "password", true},
	} {
		if err := Known(c.hash); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if ok, stale, err := h.Verify(t.Context(), c.hash, c.password); !ok || stale != c.stale || err != nil {
			t.Errorf("%s: %v, stale %v, %v", c.name, ok, stale, err)
		}
		if ok, stale, err := h.Verify(t.Context(), c.hash, c.password+"x"); ok || stale || err != nil {
			t.Errorf("%s, another password: %v %v %v", c.name, ok, stale, err)
		}
	}
	for name, hash := range map[string]string{
		"none": "", "plain": "correct horse", "md5": "$1$x$y", "costly argon2": strings.Replace(argon2idHash, "m=65536", "m=4000000", 1),
		"costly bcrypt": strings.Replace(string(crypted), "$04$", "$31$", 1), "costly scrypt": strings.Replace(firebaseHash, "n=14", "n=30", 1),
		"no threads": strings.Replace(argon2idHash, "p=1", "p=0", 1), "half": argon2idHash[:40], "half of Firebase's": firebaseHash[:60],
	} {
		if Known(hash) == nil {
			t.Errorf("%s is known", name)
		}
		if ok, _, err := h.Verify(t.Context(), hash, "correct horse"); ok || err != nil {
			t.Errorf("%s: %v %v", name, ok, err)
		}
	}
}

func TestTooManyWait(t *testing.T) {
	t.Parallel()
	h := New(Config{})
	<-h.free
	for range maxWaiting {
		h.waiting <- struct{}{}
	}
	if _, err := h.Hash(t.Context(), "x"); !errors.Is(err, ErrBusy) {
		t.Errorf("one more: %v", err)
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sum := sha1.Sum([]byte("password123!A"))
	digest := strings.ToUpper(hex.EncodeToString(sum[:]))
	lines := "0018A45C4D1DEF81644B54AB7F969B88D65:10\r\n" + digest[5:] + ":42\r\n"
	if err := os.WriteFile(filepath.Join(dir, digest[:5]+".txt"), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	p := Policy{Min: 8, Needs: "lower_upper_letters_digits_symbols", Breached: dir}
	for password, want := range map[string]string{
		"Aa1!": "length", "aaaaaaaa": "characters", "aa": "length,characters", "password123!A": "pwned", "password124!A": "", "Ünïcödé1!": "",
	} {
		reasons, message, err := p.Weak(password)
		if err != nil || strings.Join(reasons, ",") != want || (message == "") != (want == "") {
			t.Errorf("%s: %q %q %v, want %s", password, reasons, message, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{firebaseHash, argon2idHash, argon2iHash, "$2a$04$x"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, hash string) { _ = Known(hash) })
}

// Who does not exist costs what a password costs.
func TestNobodyTakesAsLongAsSomebody(t *testing.T) {
	h := New(Config{})
	defer h.Close()
	nobody, err := read(h.dummy)
	if err != nil {
		t.Fatal(err)
	}
	somebody, err := read(encode("", salt()))
	if err != nil {
		t.Fatal(err)
	}
	n, s := nobody.(argon), somebody.(argon)
	if len(n.salt) != len(s.salt) || len(n.key) != len(s.key) {
		t.Errorf("other lengths: %d, %d", len(n.salt), len(n.key))
	}
	n.salt, n.key, s.salt, s.key = nil, nil, nil, nil
	if !reflect.DeepEqual(n, s) {
		t.Errorf("%+v is not %+v", n, s)
	}
}
