//go:build unix

package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// MissingPooler is what a test says where no PgBouncer is installed.
const MissingPooler = "no PgBouncer found: apt-get install -y pgbouncer"

// poolerPort names the pooler's socket; there is no network.
const poolerPort = "6432"

// Pool starts PgBouncer in transaction mode in front of the server and returns the
// address of its databases, but for their name: "host=… port=… user=… sslmode=…".
func (s *Server) Pool(ctx context.Context) (address string, stop func() error, err error) {
	bin, err := exec.LookPath("pgbouncer")
	if err != nil {
		if bin, err = exec.LookPath("/usr/sbin/pgbouncer"); err != nil {
			return "", nil, errors.New(MissingPooler)
		}
	}
	ini := filepath.Join(s.dir, "pgbouncer.ini")
	text := "[databases]\n* = host=" + s.dir + "\n[pgbouncer]\nlisten_addr =\nlisten_port = " + poolerPort +
		"\nunix_socket_dir = " + s.dir + "\nauth_type = trust\nauth_file = " + s.dir + "/users\npool_mode = transaction\n" +
		"max_client_conn = 500\ndefault_pool_size = 4\nserver_idle_timeout = 5\n"
	if err := errors.Join(os.WriteFile(ini, []byte(text), 0o644), os.WriteFile(filepath.Join(s.dir, "users"), []byte("\"postgres\" \"\"\n"), 0o644)); err != nil {
		return "", nil, err
	}
	log := &bytes.Buffer{}
	cmd := exec.Command(bin, ini)
	cmd.SysProcAttr, cmd.Dir, cmd.Stdout, cmd.Stderr = s.cmd.SysProcAttr, s.dir, log, log
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	stop = func() error {
		select {
		case err := <-gone:
			return fmt.Errorf("pgbouncer ended by itself: %v: %s", err, log)
		default:
		}
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			return err
		}
		<-gone
		return nil
	}
	if err := answers(ctx, filepath.Join(s.dir, ".s.PGSQL."+poolerPort), gone); err != nil {
		return "", nil, errors.Join(err, fmt.Errorf("pgbouncer: %s", log), stop())
	}
	return "host=" + s.dir + " port=" + poolerPort + " user=postgres sslmode=disable", stop, nil
}

// answers waits until a socket takes connections.
func answers(ctx context.Context, socket string, gone chan error) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-gone:
			gone <- err
			return err
		case <-tick.C:
		}
		if c, err := net.Dial("unix", socket); err == nil {
			return c.Close()
		}
	}
}
