package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/plinth-dev/plinth/bench/proc"
)

// server is a place of files.
type server struct {
	*proc.Process
	name     string
	put, get string // URLs that a file's name follows
	method   string
	key      string
}

// The keys of every local project.
const secretKey = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"

func startPlinth(ctx context.Context, cfg config, dir string) (*server, error) {
	p, err := proc.Start(ctx, proc.Command{
		Path: cfg.binary, Health: "/healthz",
		Args: []string{"dev", "--project", cfg.project, "--data", filepath.Join(dir, "plinth"), "--listen", "127.0.0.1:{port}", "--log", "warn"},
	})
	if err != nil {
		return nil, err
	}
	base := "http://" + p.Addr + "/storage/v1"
	s := &server{Process: p, name: "Plinth", put: base + "/object/bench/", get: base + "/object/authenticated/bench/", method: http.MethodPut, key: secretKey}
	req, err := s.request(ctx, http.MethodPost, base+"/bucket", strings.NewReader(`{"name":"bench"}`))
	if err == nil {
		req.Header.Set("Content-Type", "application/json")
		err = do(req, nil)
	}
	return s, err
}

// nginxConf keeps what is put below data, as one process. PORT is filled in at its
// start.
const nginxConf = `worker_processes 1; daemon off; %s pid DIR/pid; error_log DIR/log;
events { worker_connections 256; }
http {
  access_log off; client_max_body_size 0; client_body_temp_path DIR/tmp; sendfile on;
  server { listen 127.0.0.1:PORT; root DIR/data; location /health { return 200; } location / { dav_methods PUT; } }
}
`

func startNginx(ctx context.Context, dir string) (*server, error) {
	home := filepath.Join(dir, "nginx")
	for _, d := range []string{"data", "tmp"} {
		if err := os.MkdirAll(filepath.Join(home, d), 0o755); err != nil {
			return nil, err
		}
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;"
	}
	conf := strings.ReplaceAll(fmt.Sprintf(nginxConf, user), "DIR", home)
	if err := os.WriteFile(filepath.Join(home, "conf.in"), []byte(conf), 0o600); err != nil {
		return nil, err
	}
	p, err := proc.Start(ctx, proc.Command{
		Path: "/bin/sh", Dir: home, Health: "/health",
		Args: []string{"-c", "sed s/PORT/{port}/ conf.in > conf && PATH=$PATH:/usr/sbin exec nginx -p " + home + " -c conf"},
	})
	if err != nil {
		return nil, err
	}
	return &server{Process: p, name: "nginx", put: "http://" + p.Addr + "/", get: "http://" + p.Addr + "/", method: http.MethodPut}, nil
}
