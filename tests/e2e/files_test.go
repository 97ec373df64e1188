package e2e

import (
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
	"github.com/plinth-dev/plinth/tests/s3server"
)

const filesProject = "testdata/files"

// base is what a server of files stands on: an engine and a place of bytes.
type base struct {
	name string
	env  []string // of the process
	args []string
}

// bases are all four of them.
func bases(t *testing.T) []base {
	t.Helper()
	pg, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pg.Stop() })
	pg2, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pg2.Stop() })
	s3, s3too := bucket(t), bucket(t)
	return []base{
		{"sqlite on disk", nil, nil}, {"sqlite on s3", s3, nil},
		{"postgres on disk", nil, []string{"--db", pg.URL}}, {"postgres on s3", s3too, []string{"--db", pg2.URL}},
	}
}

// bucket starts an S3 service and returns the settings that lead there.
func bucket(t *testing.T) []string {
	t.Helper()
	s3, err := s3server.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s3.Stop() })
	return s3.Env()
}

// serve starts the project of files in the folder data.
func (b base) serve(t *testing.T, data string) *process {
	t.Helper()
	args := append([]string{"dev", "--project", filesProject, "--data", data, "--listen", "127.0.0.1:0"}, b.args...)
	return start(t, b.env, args...)
}

// TestFiles drives the official storage client on both engines and both places.
func TestFiles(t *testing.T) {
	t.Parallel()
	for _, b := range bases(t) {
		t.Run(b.name, func(t *testing.T) {
			p := b.serve(t, t.TempDir())
			var got steps
			client(t, p, "storage.mjs", nil, &got)
			if len(got.Steps) < 12 {
				t.Errorf("steps = %q, want them all", got.Steps)
			}
			p.stop(t)
		})
	}
}
