package builtin

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strings"

	"github.com/plinth-dev/plinth/internal/builtin/bcrypt"
	"github.com/plinth-dev/plinth/internal/builtin/cbc"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnCrypto returns the hashes, and what apps use of pgcrypto.
func fnCrypto() []*Func {
	out := []*Func{
		{Schema: "extensions", Name: "gen_random_uuid", Ret: tUUID, Volatility: Volatile, Eval: uuid4},
		{Schema: "extensions", Name: "gen_random_bytes", Args: sig(tInt4), Ret: tBytea, Volatility: Volatile, Raises: true, Eval: randomBytes},
		{Schema: "extensions", Name: "encrypt_iv", Args: sig(tBytea, tBytea, tBytea, tText), Ret: tBytea, Raises: true, Eval: withIV(cbc.Encrypt)},
		{Schema: "extensions", Name: "decrypt_iv", Args: sig(tBytea, tBytea, tBytea, tText), Ret: tBytea, Raises: true, Eval: withIV(cbc.Decrypt)},
		{Schema: "extensions", Name: "crypt", Args: sig(tText, tText), Ret: tText, Raises: true, Eval: textsTextE(bcrypt.Crypt)},
		{Schema: "extensions", Name: "gen_salt", Args: sig(tText, tInt4), Optional: 1, Ret: tText, Volatility: Volatile, Raises: true, Eval: genSalt},
	}
	for _, n := range []string{"sha224", "sha256", "sha384", "sha512"} {
		out = append(out, &Func{Name: n, Args: sig(tBytea), Ret: tBytea, Eval: textText(func(s string) string {
			h, _ := hashOf(n)
			return sum(h, s)
		})})
	}
	for _, t := range sig(tText, tBytea) {
		out = append(out,
			&Func{Schema: "extensions", Name: "digest", Args: sig(t, tText), Ret: tBytea, Raises: true, Eval: textsTextE(digest)},
			&Func{Schema: "extensions", Name: "hmac", Args: sig(t, t, tText), Ret: tBytea, Raises: true, Eval: mac})
	}
	return out
}

func withIV(f func(data, key, iv, kind string) (string, error)) func(*Call, []value.Value) (value.Value, error) {
	return func(_ *Call, a []value.Value) (value.Value, error) { return strOr(f(a[0].S, a[1].S, a[2].S, a[3].S)) }
}

func hashOf(name string) (func() hash.Hash, bool) {
	switch strings.ToLower(name) {
	case "md5":
		return md5.New, true
	case "sha1":
		return sha1.New, true
	case "sha224":
		return sha256.New224, true
	case "sha256":
		return sha256.New, true
	case "sha384":
		return sha512.New384, true
	case "sha512":
		return sha512.New, true
	}
	return nil, false
}

func sum(h func() hash.Hash, s string) string {
	x := h()
	x.Write([]byte(s))
	return string(x.Sum(nil))
}

func errNoHash(name string) error {
	return fault.SQL("22023", `Cannot use "%s": No such hash algorithm`, name)
}

func digest(s, name string) (string, error) {
	h, ok := hashOf(name)
	if !ok {
		return "", errNoHash(name)
	}
	return sum(h, s), nil
}

func mac(_ *Call, a []value.Value) (value.Value, error) {
	h, ok := hashOf(a[2].S)
	if !ok {
		return null, errNoHash(a[2].S)
	}
	m := hmac.New(h, []byte(a[1].S))
	m.Write([]byte(a[0].S))
	return value.Str(string(m.Sum(nil))), nil
}

func randomBytes(c *Call, a []value.Value) (value.Value, error) {
	if a[0].I < 1 || a[0].I > 1024 {
		return null, fault.SQL("39000", "Length not in range")
	}
	return value.Str(string(random(c, int(a[0].I)))), nil
}

func genSalt(c *Call, a []value.Value) (value.Value, error) {
	if a[0].S != "bf" {
		return null, fault.SQL("0A000", `gen_salt("%s") is not supported`, a[0].S).WithHint("Use gen_salt('bf').")
	}
	cost := int64(6)
	if len(a) > 1 && a[1].I != 0 {
		cost = a[1].I
	}
	return strOr(bcrypt.Salt(random(c, 16), cost))
}
