// Command serve serves the fixture of the conformance data in the base configuration,
// for runners of other cases: go run ./tests/conformance/serve -engine sqlite -port 3000.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/tests/conformance"
)

func main() {
	engine := flag.String("engine", "sqlite", "sqlite or postgres")
	port := flag.Int("port", 3000, "the port on 127.0.0.1; 0 takes a free one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *engine, *port); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, engine string, port int) error {
	dir, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d, err := open(ctx, engine, dir)
	if err != nil {
		return err
	}
	defer d.Close()
	data, err := conformance.Shared("tests/conformance")
	if err != nil {
		return err
	}
	refused, err := conformance.Load(ctx, d, data)
	if err != nil {
		return err
	}
	for _, r := range refused {
		fmt.Println("refused:", r)
	}
	stack, err := conformance.NewStack(d)
	if err != nil {
		return err
	}
	handler, err := stack.Base()
	if err != nil {
		return err
	}
	return listen(ctx, port, handler)
}

func open(ctx context.Context, engine, dir string) (*db.DB, error) {
	if engine != "sqlite" {
		return nil, fmt.Errorf("unknown engine %q", engine)
	}
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	return db.New(drv), nil
}

func listen(ctx context.Context, port int, handler http.Handler) error {
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	fmt.Println("serving http://" + ln.Addr().String())
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { srv.Close() })
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
