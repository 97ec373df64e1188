// Command sbom turns what `go version -m` says of a program into a CycloneDX bill of
// materials: each module, its version and its sum.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

type component struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl,omitempty"`
	Hashes  []hash `json:"hashes,omitempty"`
}

type hash struct {
	Alg     string `json:"alg"`
	Content string `json:"content"`
}

type bill struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

func main() {
	version := flag.String("version", "unknown", "of the program")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, *version); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(r io.Reader, w io.Writer, version string) error {
	b := bill{Format: "CycloneDX", Spec: "1.5", Version: 1, Metadata: metadata{component{Type: "application", Name: "plinth", Version: version}}}
	for scan := bufio.NewScanner(r); scan.Scan(); {
		f := strings.Fields(scan.Text())
		switch {
		case len(f) >= 2 && strings.HasPrefix(f[1], "go1."):
			b.Components = append(b.Components, component{Type: "library", Name: "std", Version: f[1], PURL: "pkg:golang/std@" + strings.TrimPrefix(f[1], "go")})
		case len(f) >= 3 && f[0] == "=>": // what stands in for the one before
			b.Components = b.Components[:len(b.Components)-1]
			fallthrough
		case len(f) >= 3 && f[0] == "dep":
			c := component{Type: "library", Name: f[1], Version: f[2], PURL: "pkg:golang/" + f[1] + "@" + f[2]}
			if len(f) > 3 && strings.HasPrefix(f[3], "h1:") {
				sum, err := base64.StdEncoding.DecodeString(f[3][3:])
				if err != nil {
					return err
				}
				c.Hashes = []hash{{"SHA-256", hex.EncodeToString(sum)}}
			}
			b.Components = append(b.Components, c)
		}
	}
	if len(b.Components) < 2 {
		return errors.New("this is not what go version -m says of a program")
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(b)
}
