package cluster

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestContractStepAtOnce: of nodes that start at one moment, two with a migration that
// takes something away and one without, no node is up while the step runs. Both of the
// newer version come up, or none; the step runs once at most, and not after the older one
// was there.
func TestContractStepAtOnce(t *testing.T) {
	t.Parallel()
	pg := postgres(t)
	older, newer := t.TempDir(), t.TempDir()
	for _, dir := range []string{older, newer} {
		if err := os.CopyFS(dir, os.DirFS("testdata/fleet")); err != nil {
			t.Fatal(err)
		}
	}
	for name, sql := range map[string]string{"20260201000000_add": "alter table public.rows add column note text", "20260301000000_drop": "alter table public.rows drop column note"} {
		if err := os.WriteFile(newer+"/supabase/migrations/"+name+".sql", []byte(sql), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rounds := 1
	if whole {
		rounds = 20
	}
	for i := range rounds {
		startAtOnce(t, pg, fmt.Sprintf("once%d", i), older, newer)
	}
}

func startAtOnce(t *testing.T, pg *pgserver.Server, database, older, newer string) {
	t.Helper()
	admin := &fleet{t: t, primary: pg}
	admin.exec("create database " + database)
	url := strings.Replace(pg.URL, "dbname=postgres", "dbname="+database, 1)
	var nodes []*node
	for _, project := range []string{newer, older, newer} {
		nodes = append(nodes, newNode(t, fmt.Sprintf("%s-%d", database, len(nodes)), "--project", project, "--db", url, "--cluster"))
	}
	within(t, "each node is up or has ended", func() bool {
		for _, n := range nodes {
			if !n.ended() && !n.answers("/readyz") {
				return false
			}
		}
		return true
	})
	old := nodes[1]
	if old.ended() {
		t.Errorf("the older node ended:\n%s", old.tail(5))
	}
	refused := 0
	for _, n := range []*node{nodes[0], nodes[2]} {
		if !n.ended() {
			continue
		}
		refused++
		if !strings.Contains(n.log(), "takes away") {
			t.Errorf("a newer node ended for another reason:\n%s", n.tail(5))
		}
	}
	if refused == 1 {
		t.Errorf("one of the two newer nodes is up, the other one was refused:\n%s\n%s", nodes[0].tail(5), nodes[2].tail(5))
	}
	// Who was up first: the older node, then the others were refused; else the step was done.
	pg2 := &fleet{t: t, primary: &pgserver.Server{URL: url}}
	ran := pg2.exec(`select count(*) from supabase_migrations.schema_migrations where version = '20260301000000'`)[0]
	early := pg2.exec(fmt.Sprintf(`select count(*) from plinth.members where address = '%s' and started_at <= (select min(started_at) from plinth.members)`, old.addr))[0]
	if refused == 2 && ran != "0" || refused == 0 && (ran != "1" || early != "0") {
		t.Errorf("%d newer nodes refused, the step is noted %s times, the older node was first: %s", refused, ran, early)
	}
	for _, n := range nodes {
		n.kill()
	}
}
