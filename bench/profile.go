package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/bench/target"
)

// profiled runs a turn of a server of ours while that writes down what its processors do,
// in a file of its own; scripts/profile makes of all of them what the compiler reads.
func (b *bench) profiled(ctx context.Context, name string, r *target.Running, turn func() error) error {
	if b.profiles == "" || !strings.HasPrefix(name, "plinth") {
		return turn()
	}
	b.sent++
	file := filepath.Join(b.profiles, fmt.Sprintf("%s-%d.pprof", name, b.sent))
	done := make(chan error, 1)
	go func() { done <- writeProfile(ctx, r.Addr, b.round, file) }()
	return errors.Join(turn(), <-done)
}

func writeProfile(ctx context.Context, addr string, round time.Duration, file string) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", addr, max(1, int(round.Seconds())))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("apikey", target.SecretKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.200s", url, resp.Status, body)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o600)
}
