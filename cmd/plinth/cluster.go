package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/plinth-dev/plinth"
)

// cluster is the command cluster: it asks a server that runs.
func cluster(ctx context.Context, env environment, args []string) int {
	if len(args) == 0 || args[0] != "status" {
		return failed(env, usageError(nil, []string{"cluster needs status"}))
	}
	var url, key string
	var raw bool
	_, rest, err := parse(env, "cluster status", args[1:], func(fs *flag.FlagSet) {
		fs.StringVar(&url, "url", "http://127.0.0.1:54321", "")
		fs.StringVar(&key, "key", "", "")
		fs.BoolVar(&raw, "json", false, "")
	})
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	if key, err = secretKey(env, key); err != nil {
		return failed(env, err)
	}
	text, err := ask(ctx, strings.TrimSuffix(url, "/")+"/cluster/v1/status", key)
	var status plinth.ClusterStatus
	if err == nil {
		err = json.Unmarshal(text, &status)
	}
	if err != nil {
		return failed(env, err)
	}
	if raw {
		fmt.Fprintf(env.stdout, "%s\n", strings.TrimSpace(string(text)))
		return 0
	}
	printCluster(env.stdout, status)
	return 0
}

func printCluster(w io.Writer, c plinth.ClusterStatus) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "NODE\tADDRESS\tSTATE\tVERSION\tSERVICES\tCHANGES\tLAG\tUP SINCE")
	for _, n := range c.Nodes {
		serves, name := strings.Join(n.Services, ","), n.Name
		if serves == "" {
			serves = "all"
		}
		if n.Leads {
			name += " (leads)"
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, n.Address, n.State, n.Version, serves, n.Position,
			time.Duration(n.LagMicro)*time.Microsecond, n.Started.Format(time.RFC3339))
	}
	_ = tab.Flush() // as the other prints
	fmt.Fprintf(w, "\nunread log of the change feed: %d bytes\n", c.Behind)
	printLinks(tab, c)
	head := false
	for _, n := range c.Nodes {
		for _, r := range n.Replicas {
			if !head {
				fmt.Fprintln(tab, "\nNODE\tREPLICA\tUP\tBEHIND\tLAG\tREADS\tFAILED\tWHY")
				head = true
			}
			fmt.Fprintf(tab, "%s\t%s\t%t\t%d\t%s\t%d\t%d\t%s\n", n.Name, r.Name, r.Up, r.Behind, r.Lag, r.Reads, r.Failed, r.Why)
		}
	}
	_ = tab.Flush()
}

// printLinks says whom each node's bus hears, and what was lost on the way to it.
func printLinks(tab *tabwriter.Writer, c plinth.ClusterStatus) {
	fmt.Fprintln(tab, "\nNODE\tHEARS\tDEAF TO\tSENT\tRECEIVED\tTOO SLOW FOR\tHOLES\tRECOVERED\tLOST")
	for _, n := range c.Nodes {
		if n.Bus == nil {
			continue
		}
		var deaf []string
		for _, other := range c.Nodes {
			if other.ID != n.ID && other.Bus != nil && !slices.Contains(n.Hears, other.ID) {
				deaf = append(deaf, other.Name)
			}
		}
		if len(deaf) == 0 {
			deaf = []string{"-"}
		}
		b := n.Bus
		fmt.Fprintf(tab, "%s\t%d\t%s\t%d\t%d\t%d\t%d\t%d\t%d\n", n.Name, len(n.Hears), strings.Join(deaf, ","), b.Sent, b.Received, b.Dropped, b.Holes, b.Recovered, b.Lost)
	}
	_ = tab.Flush() // as the other prints
}
