package totp_test

import (
	"encoding/base32"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/totp"
)

// oath runs oathtool, which others made.
func oath(t *testing.T, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("oathtool"); err != nil {
		t.Fatal("oathtool is missing: run `make deps`")
	}
	out, err := exec.Command("oathtool", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("oathtool: %v %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestCodesAreOathtools(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"1970-01-01 00:00:59 UTC", "2005-03-18 01:58:29 UTC", "2033-05-18 03:33:20 UTC", "2603-10-11 11:33:20 UTC"} {
		secret := totp.NewSecret()
		now, err := time.Parse("2006-01-02 15:04:05 MST", at)
		if err != nil {
			t.Fatal(err)
		}
		want := oath(t, "--totp", "--base32", secret, "--now", at)
		got, err := totp.Code(secret, totp.Step(now))
		if err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", at, got, err, want)
		}
	}
	// RFC 6238, appendix B, in six digits.
	rfc := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for sec, want := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		if got, _ := totp.Code(rfc, totp.Step(time.Unix(sec, 0))); got != want {
			t.Errorf("at %d: %s, want %s", sec, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	secret, now := totp.NewSecret(), time.Unix(1_800_000_000, 0)
	code := func(shift int64) string {
		c, err := totp.Code(secret, totp.Step(now)+shift)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for shift, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		step, ok := totp.Check(secret, code(shift), now, 0)
		if ok != want || ok && step != totp.Step(now)+shift {
			t.Errorf("shift %d: %d %v", shift, step, ok)
		}
	}
	if _, ok := totp.Check(secret, code(0), now, totp.Step(now)); ok {
		t.Error("a code is good twice")
	}
	if _, ok := totp.Check(secret, code(1), now, totp.Step(now)); !ok {
		t.Error("the next code is not good")
	}
	for _, bad := range []string{"", "12345", "1234567", "abcdef", code(0) + "0"} {
		if _, ok := totp.Check(secret, bad, now, 0); ok {
			t.Errorf("%q is good", bad)
		}
	}
	if _, err := totp.Code("not base32!", 1); err == nil {
		t.Error("a broken secret has codes")
	}
}

func TestURIAndQRCode(t *testing.T) {
	t.Parallel()
	uri := totp.URI("My App", "ann@example.com", "ABC")
	if uri != "otpauth://totp/My%20App:ann@example.com?algorithm=SHA1&digits=6&issuer=My%20App&period=30&secret=ABC" {
		t.Errorf("uri = %s", uri)
	}
	svg, err := totp.SVG(uri)
	if err != nil || !strings.HasPrefix(svg, "<svg ") || strings.ContainsAny(svg, "#%") {
		t.Errorf("svg = %.80s, %v", svg, err)
	}
	if _, err := totp.SVG(strings.Repeat("x", 5000)); err == nil {
		t.Error("a text too long has a code")
	}
}
