package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"rsc.io/qr"
)

const (
	period = 30
	digits = 6
	window = 1 // steps before and after the present one that count, for clocks that differ
)

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret returns a secret of 160 bits in base32.
func NewSecret() string {
	var b [20]byte
	rand.Read(b[:]) // never fails
	return encoding.EncodeToString(b[:])
}

// Code returns the digits of a secret at a step.
func Code(secret string, step int64) (string, error) {
	key, err := encoding.DecodeString(strings.ToUpper(strings.TrimRight(secret, "=")))
	if err != nil || len(key) == 0 {
		return "", fmt.Errorf("totp: the secret is no base32")
	}
	m := hmac.New(sha1.New, key)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", digits, n%1_000_000), nil
}

// Step returns the step of a moment.
func Step(t time.Time) int64 { return t.Unix() / period }

// Check returns the step whose digits were typed. Steps up to used do not count any
// more; ok is false where none fits.
func Check(secret, typed string, now time.Time, used int64) (step int64, ok bool) {
	typed = strings.ReplaceAll(typed, " ", "")
	at := Step(now)
	for s := at - window; s <= at+window; s++ {
		want, err := Code(secret, s)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1 && s > used && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}

// URI returns what apps read from the QR code.
func URI(issuer, account, secret string) string {
	q := url.Values{"algorithm": {"SHA1"}, "digits": {fmt.Sprint(digits)}, "period": {fmt.Sprint(period)}, "issuer": {issuer}, "secret": {secret}}
	label := url.PathEscape(issuer) + ":" + url.PathEscape(account)
	return "otpauth://totp/" + label + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// SVG returns text as a QR code. It holds no character that ends a data: URL, since
// clients put it into one as it is.
func SVG(text string) (string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", err
	}
	const quiet = 4
	size := code.Size + 2*quiet
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, size*5, size*5, size, size)
	b.WriteString(`<rect width="200" height="200" fill="white"/><path fill="black" d="`)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}
