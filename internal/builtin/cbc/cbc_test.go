package cbc_test

import (
	"encoding/hex"
	"testing"

	"github.com/plinth-dev/plinth/internal/builtin/cbc"
)

// The expectation is that of Postgres 15's pgcrypto.
func TestAsPgcrypto(t *testing.T) {
	t.Parallel()
	key, iv := "0123456789abcdef0123456789abcdef", "fedcba9876543210"
	for plain, want := range map[string]string{"": "04989748156efd600d9acee2267dccc3", "sixteen bytes ..": "b230372a775f1389fb665bd563fbc7d55a9ce580e9acc623afe6081ee6bc696a", "a": "b46dc88903a511f61ef04f0f6ba1ecf2"} {
		got, err := cbc.Encrypt(plain, key, iv, "aes-cbc/pad:pkcs")
		if err != nil || hex.EncodeToString([]byte(got)) != want {
			t.Errorf("Encrypt(%q) = %x, %v, want %s", plain, got, err, want)
		}
		if back, err := cbc.Decrypt(got, key, iv, "aes"); err != nil || back != plain {
			t.Errorf("Decrypt = %q, %v", back, err)
		}
	}
	for name, call := range map[string][4]string{"key": {"x", "short", iv, "aes"}, "iv": {"x", key, "short", "aes"}, "cipher": {"x", key, iv, "rot13"}} {
		if _, err := cbc.Encrypt(call[0], call[1], call[2], call[3]); err == nil {
			t.Errorf("a bad %s was taken", name)
		}
	}
	for _, bad := range []string{"", "x", "0123456789abcdef"} {
		if out, err := cbc.Decrypt(bad, key, iv, "aes"); err == nil {
			t.Errorf("Decrypt(%q) = %q", bad, out)
		}
	}
}
