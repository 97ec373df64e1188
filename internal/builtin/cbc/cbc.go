// Package cbc is AES in CBC mode with PKCS's padding, as pgcrypto's encrypt_iv and
// decrypt_iv have it. It says nothing of who wrote a text: whoever uses it adds a
// signature, as the vault does. Everything here is pure.
package cbc

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

func block(key, iv, kind string) (cipher.Block, error) {
	switch strings.ToLower(kind) {
	case "aes", "aes-cbc", "aes-cbc/pad:pkcs", "aes/pad:pkcs":
	default:
		return nil, fault.SQL("22023", `Cannot use "%s": No such cipher algorithm`, kind).WithHint("Use 'aes-cbc/pad:pkcs'.")
	}
	if len(iv) != aes.BlockSize {
		return nil, fault.SQL("22023", "the initial value has %d bytes; it must have 16", len(iv))
	}
	b, err := aes.NewCipher([]byte(key))
	if err != nil {
		return nil, fault.SQL("22023", "the key has %d bytes; it must have 16, 24 or 32", len(key))
	}
	return b, nil
}

// Encrypt is encrypt_iv.
func Encrypt(data, key, iv, kind string) (string, error) {
	b, err := block(key, iv, kind)
	if err != nil {
		return "", err
	}
	pad := aes.BlockSize - len(data)%aes.BlockSize
	text := append([]byte(data), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(b, []byte(iv)).CryptBlocks(text, text)
	return string(text), nil
}

// Decrypt is decrypt_iv.
func Decrypt(data, key, iv, kind string) (string, error) {
	b, err := block(key, iv, kind)
	if err != nil {
		return "", err
	}
	bad := fault.SQL("39000", "decrypt_iv error: Decryption failed")
	if len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return "", bad
	}
	text := []byte(data)
	cipher.NewCBCDecrypter(b, []byte(iv)).CryptBlocks(text, text)
	pad := int(text[len(text)-1])
	if pad < 1 || pad > aes.BlockSize || !bytes.Equal(text[len(text)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return "", bad
	}
	return string(text[:len(text)-pad]), nil
}
