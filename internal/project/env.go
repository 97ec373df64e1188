package project

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// maxSecretFile bounds a file that holds a value.
const maxSecretFile = 64 << 10

// Env reads the environment, and what stands in files: where NAME is not set and
// NAME_FILE is, the value is that file's content. A file that cannot be read is an error,
// never an empty value; Err has it.
type Env struct {
	get  func(string) string
	errs map[string]error
}

// NewEnv returns an Env over a look into the environment.
func NewEnv(get func(string) string) *Env { return &Env{get: get, errs: map[string]error{}} }

// Get returns the value of a variable, "" for none.
func (e *Env) Get(name string) string {
	v, path := e.get(name), e.get(name+"_FILE")
	switch {
	case path == "":
		return v
	case v != "":
		e.errs[name] = fmt.Errorf("%s and %s_FILE are both set: keep one", name, name)
		return v
	}
	return e.file(name, path)
}

func (e *Env) file(name, path string) string {
	st, err := os.Stat(path)
	switch {
	case err == nil && st.Size() > maxSecretFile:
		err = fmt.Errorf("%s has %d bytes; at most %d are read", path, st.Size(), maxSecretFile)
	case err == nil && st.IsDir():
		err = fmt.Errorf("%s is a folder", path)
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	v := strings.TrimRight(string(text), "\r\n")
	if err == nil && v == "" {
		err = fmt.Errorf("%s is empty", path)
	}
	if err != nil {
		e.errs[name] = fmt.Errorf("%s_FILE: %w", name, err)
		return ""
	}
	return v
}

// Err returns all that was wrong with files, nil for nothing.
func (e *Env) Err() error {
	var errs []error
	for _, err := range e.errs {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
