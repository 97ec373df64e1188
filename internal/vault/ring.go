package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/plinth-dev/plinth/internal/token"
)

// Uses of a ring's keys: each has keys of its own, derived from the same.
const (
	ForSQL  = "plinth vault sql"
	ForTOTP = "plinth totp"
)

// Ring is a list of keys for one use. The first encrypts, all decrypt.
type Ring struct {
	ids  []string
	keys map[string][]byte // 64 bytes: for the MAC, then for the cipher
}

var idForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// Parse reads keys, one a line or separated by commas, as NewKey writes them, and derives
// those of a use.
func Parse(text token.Secret, use string) (*Ring, error) {
	r := &Ring{keys: map[string][]byte{}}
	for line := range strings.FieldsFuncSeq(string(text), func(c rune) bool { return c == '\n' || c == '\r' || c == ',' || c == ' ' }) {
		id, key, ok := strings.Cut(line, ":")
		raw, err := base64.RawURLEncoding.DecodeString(key)
		switch {
		case !ok || err != nil || len(raw) != 32 || !idForm.MatchString(id):
			return nil, errors.New("a key of the vault is not as `plinth vault key` writes it")
		case r.keys[id] != nil:
			return nil, fmt.Errorf("the vault's key %s is there twice", id)
		}
		derived, err := hkdf.Key(sha512.New, raw, []byte(id), use, 64)
		if err != nil {
			return nil, err
		}
		r.ids, r.keys[id] = append(r.ids, id), derived
	}
	if len(r.ids) == 0 {
		return nil, errors.New("the vault has no key")
	}
	return r, nil
}

// NewKey makes a key: a name, and 256 random bits.
func NewKey() token.Secret {
	raw := random(48)
	id := raw[32:]
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return token.Secret(fmt.Sprintf("%x-%x-%x-%x-%x:%s", id[0:4], id[4:6], id[6:8], id[8:10], id[10:], base64.RawURLEncoding.EncodeToString(raw[:32])))
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails
	return b
}

// Current is the name of the key that encrypts.
func (r *Ring) Current() string { return r.ids[0] }

// Setting is the ring as the functions of the schema read it.
func (r *Ring) Setting() string {
	out := map[string]string{"current": r.Current()}
	for id, key := range r.keys {
		out[id] = base64.StdEncoding.EncodeToString(key)
	}
	text, _ := json.Marshal(out) // strings can always be written
	return string(text)
}

// Seal encrypts a text of the row id under the current key.
func (r *Ring) Seal(id, plain string) (keyID, sealed string) {
	return r.Current(), base64.StdEncoding.EncodeToString(seal(r.keys[r.Current()], random(aes.BlockSize), []byte(id), []byte(plain)))
}

// ErrOpen says that a text was not sealed by the key, or not for the row.
var ErrOpen = errors.New("vault: the secret cannot be decrypted: its key is missing, or it was tampered with")

// Open decrypts what Seal, or the schema's functions, have sealed.
func (r *Ring) Open(keyID, id, sealed string) (string, error) {
	key := r.keys[keyID]
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(sealed, "\n", ""))
	if key == nil || err != nil {
		return "", ErrOpen
	}
	plain, err := open(key, []byte(id), raw)
	return string(plain), err
}

const tagLen = 32

func seal(key, iv, aad, plain []byte) []byte {
	block, err := aes.NewCipher(key[32:])
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	text := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, text)
	out := append(bytes.Clone(iv), text...)
	return append(out, mac(key, aad, out)...)
}

// mac signs additional data, initial value, ciphertext, and the first's length in bits.
func mac(key, aad, body []byte) []byte {
	m := hmac.New(sha512.New, key[:32])
	m.Write(aad)
	m.Write(body)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(len(aad))*8))
	return m.Sum(nil)[:tagLen]
}

func open(key, aad, raw []byte) ([]byte, error) {
	n := len(raw) - tagLen
	if n < 2*aes.BlockSize || n%aes.BlockSize != 0 {
		return nil, ErrOpen
	}
	body := raw[:n]
	if subtle.ConstantTimeCompare(mac(key, aad, body), raw[n:]) != 1 {
		return nil, ErrOpen
	}
	block, err := aes.NewCipher(key[32:])
	if err != nil {
		return nil, err
	}
	text := bytes.Clone(body[aes.BlockSize:])
	cipher.NewCBCDecrypter(block, body[:aes.BlockSize]).CryptBlocks(text, text)
	pad := int(text[len(text)-1])
	if pad < 1 || pad > aes.BlockSize {
		return nil, ErrOpen
	}
	return text[:len(text)-pad], nil
}
