package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/plinth-dev/plinth/internal/token"
)

// Keys are a project's shared secret and its two API keys.
type Keys struct {
	JWTSecret token.Secret
	token.APIKeys
}

// localKeys are those of every local Supabase.
func localKeys() Keys {
	return Keys{JWTSecret: token.LocalSecret, APIKeys: token.APIKeys{Publishable: token.LocalPublishable, Secret: token.LocalSecretKey}}
}

// Validate refuses missing and well-known secrets.
func (k Keys) Validate() error {
	var errs []error
	check := func(name, val, known string) {
		switch {
		case val == "":
			errs = append(errs, fmt.Errorf("%s is not set: run `plinth keys` to make one", name))
		case val == known:
			errs = append(errs, fmt.Errorf("%s is the well-known local key, which everybody has: run `plinth keys` to make one", name))
		}
	}
	check("PLINTH_JWT_SECRET", string(k.JWTSecret), string(token.LocalSecret))
	check("PLINTH_PUBLISHABLE_KEY", k.Publishable, token.LocalPublishable)
	check("PLINTH_SECRET_KEY", string(k.Secret), string(token.LocalSecretKey))
	if n := len(k.JWTSecret); n > 0 && n < 32 {
		errs = append(errs, fmt.Errorf("PLINTH_JWT_SECRET has %d characters; it needs at least 32", n))
	}
	return errors.Join(errs...)
}

// KeysFromEnv reads a served project's keys.
func KeysFromEnv(getenv func(string) string) Keys {
	return Keys{
		JWTSecret: token.Secret(getenv("PLINTH_JWT_SECRET")),
		APIKeys: token.APIKeys{
			Publishable: getenv("PLINTH_PUBLISHABLE_KEY"),
			Secret:      token.Secret(getenv("PLINTH_SECRET_KEY")),
		},
	}
}

// NewKeys makes keys for a project.
func NewKeys() Keys {
	k := token.NewAPIKeys()
	return Keys{JWTSecret: token.NewSecret(), APIKeys: k}
}

// keyFile is how a project's own keys are kept in its data folder.
type keyFile struct {
	JWTSecret   string `json:"jwt_secret"`
	Publishable string `json:"publishable"`
	Secret      string `json:"secret"`
}

// ownKeys reads the keys of the data folder, making them the first time.
func ownKeys(dir string) (Keys, error) {
	path := filepath.Join(dir, "keys.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		k := NewKeys()
		text, err = json.Marshal(keyFile{string(k.JWTSecret), k.Publishable, string(k.Secret)})
		if err != nil {
			return Keys{}, err
		}
		return k, os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		return Keys{}, err
	}
	var f keyFile
	if err := json.Unmarshal(text, &f); err != nil {
		return Keys{}, fmt.Errorf("%s: %w", path, err)
	}
	return Keys{JWTSecret: token.Secret(f.JWTSecret), APIKeys: token.APIKeys{Publishable: f.Publishable, Secret: token.Secret(f.Secret)}}, nil
}
