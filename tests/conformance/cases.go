package conformance

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Case is one request of the specification and its answer.
type Case struct {
	File    string      `json:"file"`
	Line    int         `json:"line"`
	It      string      `json:"it"`
	Seq     int         `json:"seq"`
	Config  string      `json:"config"`
	Method  string      `json:"method"`
	Path    string      `json:"path"`
	Headers [][2]string `json:"headers"`
	Body    string      `json:"body"`
	Expect  Expect      `json:"expect"`
}

// Expect is the answer that a case wants.
type Expect struct {
	Status    int             `json:"status"`
	JSON      json.RawMessage `json:"json"`
	Body      *string         `json:"body"`
	CtypeJSON bool            `json:"ctype_json"`
	Headers   [][]string      `json:"headers"` // eq, contains or absent; the name; the value
}

// ID names a case by where it comes from.
func (c *Case) ID() string {
	return fmt.Sprintf("%s:%d#%d", strings.TrimPrefix(c.File, "Feature/"), c.Line, c.Seq)
}

// Chapter is the part of the specification that a case belongs to.
func (c *Case) Chapter() string {
	name := strings.TrimPrefix(c.File, "Feature/")
	return strings.TrimSuffix(name, "Spec.hs")
}

// Shared finds the folder of the conformance data from dir, a folder of the module
// two levels deep.
func Shared(dir string) (string, error) {
	root := os.Getenv("PLINTH_SHARED")
	if root == "" {
		root = filepath.Join(dir, "..", "..", "..", "shared")
	}
	path := filepath.Join(root, "conformance", "postgrest")
	if _, err := os.Stat(filepath.Join(path, "cases.jsonl")); err != nil {
		return "", fmt.Errorf("no conformance data in %s: put the folder shared beside the checkout, or say where it is with PLINTH_SHARED", path)
	}
	return path, nil
}

// ReadCases reads the cases of the data in dir.
func ReadCases(dir string) ([]*Case, error) {
	f, err := os.Open(filepath.Join(dir, "cases.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []*Case
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 4<<20)
	for sc.Scan() {
		c := &Case{}
		if err := json.Unmarshal(sc.Bytes(), c); err != nil {
			return nil, fmt.Errorf("case %d: %w", len(out)+1, err)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, errors.Join(errors.New("no cases"), sc.Err())
	}
	return out, sc.Err()
}
