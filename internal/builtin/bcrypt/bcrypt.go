// Package bcrypt is the one scheme behind crypt() and gen_salt() that is still right for
// passwords. It runs the rounds itself, since golang.org/x/crypto/bcrypt takes no salt from
// outside; sign-in does not use it. Everything here is pure.
package bcrypt

import (
	"encoding/base64"
	"strconv"
	"strings"

	//lint:ignore SA1019 bcrypt is made of it, and old password hashes are bcrypt
	"golang.org/x/crypto/blowfish"

	"github.com/plinth-dev/plinth/internal/fault"
)

// maxBcryptCost keeps one call below some seconds; each step more doubles it.
const maxBcryptCost = 14

// bcryptBase64 is bcrypt's own alphabet.
func bcryptBase64() *base64.Encoding {
	return base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)
}

func errSalt() error { return fault.SQL("22023", "invalid salt") }

// Crypt hashes a password with the setting in salt: $2a$cost$ and 22 characters.
func Crypt(password, salt string) (string, error) {
	if len(salt) < 29 || salt[0] != '$' || salt[1] != '2' || salt[3] != '$' || salt[6] != '$' {
		if strings.HasPrefix(salt, "$2") {
			return "", errSalt()
		}
		return "", fault.SQL("0A000", "this kind of salt is not supported").WithHint("Use gen_salt('bf').")
	}
	cost, err := strconv.Atoi(salt[4:6])
	if err != nil || cost < 4 {
		return "", errSalt()
	}
	if cost > maxBcryptCost {
		return "", fault.SQL("0A000", "a cost above %d is not supported", maxBcryptCost)
	}
	raw, err := bcryptBase64().DecodeString(salt[7:29])
	if err != nil {
		return "", errSalt()
	}
	sum, err := bcryptSum(password, raw[:16], cost)
	if err != nil {
		return "", errSalt()
	}
	return salt[:7] + bcryptBase64().EncodeToString(raw[:16]) + sum, nil
}

func bcryptSum(password string, salt []byte, cost int) (string, error) {
	key := append([]byte(password), 0)
	key = key[:min(len(key), 72)]
	c, err := blowfish.NewSaltedCipher(key, salt)
	if err != nil {
		return "", err
	}
	for range 1 << cost {
		blowfish.ExpandKey(key, c)
		blowfish.ExpandKey(salt, c)
	}
	text := []byte("OrpheanBeholderScryDoubt")
	for i := 0; i < len(text); i += 8 {
		for range 64 {
			c.Encrypt(text[i:i+8], text[i:i+8])
		}
	}
	return bcryptBase64().EncodeToString(text[:23]), nil
}

// Salt makes a setting of 16 random bytes.
func Salt(raw []byte, cost int64) (string, error) {
	if cost < 4 || cost > 31 {
		return "", fault.SQL("22023", "gen_salt: Incorrect number of rounds")
	}
	n := strconv.FormatInt(cost, 10)
	if cost < 10 {
		n = "0" + n
	}
	return "$2a$" + n + "$" + bcryptBase64().EncodeToString(raw), nil
}
