// Command serve serves the fixture of the conformance data in the base configuration,
// for runners of other cases: go run ./tests/conformance/serve -engine sqlite -port 3000.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

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
	data, err := conformance.Shared("tests/conformance")
	if err != nil {
		return err
	}
	f, err := open(ctx, engine, data, dir)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, r := range f.Refused {
		fmt.Println("refused:", r)
	}
	stack, err := conformance.NewStack(f)
	if err != nil {
		return err
	}
	handler, err := stack.Base()
	if err != nil {
		return err
	}
	return listen(ctx, port, handler)
}

func open(ctx context.Context, engine, data, dir string) (*conformance.Fixture, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	switch engine {
	case "sqlite":
		return conformance.OpenSQLite(ctx, data, dir, log)
	case "postgres":
		return conformance.OpenPostgres(ctx, data, log)
	}
	return nil, fmt.Errorf("unknown engine %q", engine)
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
