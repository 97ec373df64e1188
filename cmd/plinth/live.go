package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/plinth-dev/plinth"
)

// live is the command realtime: it asks a server that runs.
func live(ctx context.Context, env environment, args []string) int {
	if len(args) == 0 || args[0] != "stats" {
		return failed(env, usageError(nil, []string{"realtime needs stats"}))
	}
	var url, key string
	_, rest, err := parse(env, "realtime stats", args[1:], func(fs *flag.FlagSet) {
		fs.StringVar(&url, "url", "http://127.0.0.1:54321", "")
		fs.StringVar(&key, "key", "", "")
	})
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	if key, err = secretKey(env, key); err != nil {
		return failed(env, err)
	}
	stats, err := askStats(ctx, strings.TrimSuffix(url, "/")+"/realtime/v1/api/stats", key)
	if err != nil {
		return failed(env, err)
	}
	printStats(env.stdout, stats)
	return 0
}

func askStats(ctx context.Context, url, key string) (map[string]any, error) {
	text, err := ask(ctx, url, key)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("%s is no Plinth that knows its numbers: %w", url, err)
	}
	return out, nil
}

func printStats(w io.Writer, stats map[string]any) {
	asked, _ := stats["asked_policies"].(map[string]any)
	delete(stats, "asked_policies")
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, name := range slices.Sorted(maps.Keys(stats)) {
		fmt.Fprintf(tab, "%s\t%v\n", name, stats[name])
	}
	_ = tab.Flush()
	for _, policy := range slices.Sorted(maps.Keys(asked)) {
		fmt.Fprintf(w, "asked of the database: the policies of %s: %v\n", policy, asked[policy])
	}
}

// secretKey is the key to ask a server with: the flag's, the environment's, or that of dev.
func secretKey(env environment, flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	key, err := plinth.SecretFrom(env.getenv, "PLINTH_SECRET_KEY")
	return cmp.Or(key, plinth.LocalSecretKey), err
}
