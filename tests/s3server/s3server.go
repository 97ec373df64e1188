package s3server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// version is that of tools/s3/go.mod, which scripts/deps builds.
const version = "v1.8.0"

// Missing is what a test says where the program was not built.
const Missing = "versitygw " + version + " is missing: run scripts/deps"

// Server is a running S3 service with one empty bucket.
type Server struct {
	Endpoint, Region, Bucket string
	AccessKey, SecretKey     string

	// Dir holds the bucket's objects as files.
	Dir  string
	root string
	cmd  *exec.Cmd
	log  *bytes.Buffer
	gone chan error
	once sync.Once
	err  error
}

// Program returns where the program is.
func Program() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, "plinth", "versitygw-"+version)
	if _, err := os.Stat(path); err != nil {
		return "", errors.New(Missing)
	}
	return path, nil
}

// Start starts the service over a new folder below dir.
func Start(ctx context.Context, dir string) (*Server, error) {
	program, err := Program()
	if err != nil {
		return nil, err
	}
	root, err := os.MkdirTemp(dir, "s3-")
	if err != nil {
		return nil, err
	}
	s := &Server{
		Region: "us-east-1", Bucket: "files", AccessKey: "tester", SecretKey: "a secret of the tests",
		root: root, Dir: filepath.Join(root, "data", "files"), log: &bytes.Buffer{}, gone: make(chan error, 1),
	}
	for _, d := range []string{s.Dir, filepath.Join(root, "meta")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	if err := s.start(ctx, program); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// start takes a free port, and another one when somebody was faster.
func (s *Server) start(ctx context.Context, program string) error {
	var err error
	for range 5 {
		if err = s.listen(ctx, program); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func (s *Server) listen(ctx context.Context, program string) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	s.Endpoint = "http://" + addr
	s.cmd = exec.Command(program, "--port", addr, "--access", s.AccessKey, "--secret", s.SecretKey, "--region", s.Region,
		"--quiet", "posix", "--sidecar", filepath.Join(s.root, "meta"), filepath.Join(s.root, "data"))
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	gone := make(chan error, 1)
	go func(cmd *exec.Cmd) { gone <- cmd.Wait() }(s.cmd)
	s.gone = gone
	return s.ready(ctx, gone)
}

// ready asks until the service answers.
func (s *Server) ready(ctx context.Context, gone chan error) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if res, err := http.Get(s.Endpoint); err == nil {
			res.Body.Close()
			return nil
		}
		select {
		case err := <-gone:
			gone <- err
			return fmt.Errorf("versitygw ended: %w\n%s", err, s.log)
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func freeAddr() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

// Env returns the settings that let plinth keep its files here.
func (s *Server) Env() []string {
	return []string{
		"PLINTH_STORAGE_BACKEND=s3", "PLINTH_STORAGE_S3_ENDPOINT=" + s.Endpoint, "PLINTH_STORAGE_S3_REGION=" + s.Region,
		"PLINTH_STORAGE_S3_BUCKET=" + s.Bucket, "PLINTH_STORAGE_S3_ACCESS_KEY=" + s.AccessKey, "PLINTH_STORAGE_S3_SECRET_KEY=" + s.SecretKey,
	}
}

// Stop ends the service and removes its folder. It may be called twice.
func (s *Server) Stop() error {
	s.once.Do(func() {
		if s.cmd != nil && s.cmd.Process != nil {
			s.cmd.Process.Kill()
			<-s.gone
		}
		s.err = os.RemoveAll(s.root)
	})
	return s.err
}
