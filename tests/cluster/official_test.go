package cluster

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/tests/s3server"
)

// more is what the chat's project gets beside the files' policies: limits by address,
// but for this machine's, and a table whose changes are broadcast.
const moreConfig = `
[storage]
file_size_limit = "1GiB"

[auth.rate_limit]
sign_in_sign_ups = 1000
token_verifications = 1000
anonymous_users = 20

[plinth.limits]
data = { ip = "10/24h" }
exempt = ["127.0.0.0/8"]
`

const moreSQL = `
create table public.notes (id int primary key);
create function public.tell() returns trigger language plpgsql security definer as $$
begin
  perform realtime.broadcast_changes('notes', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
  return null;
end $$;
create trigger tell after insert on public.notes for each row execute function public.tell();
create policy "Everybody hears." on realtime.messages for select to anon using (true);
`

// officialProject is the chat with the policies of the files' test.
func officialProject(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(root+"/examples/chat")); err != nil {
		t.Fatal(err)
	}
	policies, err := os.ReadFile(root + "/tests/e2e/testdata/files/supabase/migrations/20260101000000_files.sql")
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(dir + "/supabase/config.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(config), "[plinth]\npublic = \"../web\"", "[plinth]\ntrusted_proxies = [\"127.0.0.0/8\"]", 1) + moreConfig
	for name, body := range map[string]string{"migrations/20260101000200_files.sql": string(policies), "migrations/20260101000300_more.sql": moreSQL, "config.toml": text} {
		if err := os.WriteFile(dir+"/supabase/"+name, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestServicesApart, together and apart: to the official clients three nodes behind a proxy that hands each
// connection to the next one look like one server: data, sign-in, realtime, files on S3 and
// uploads by TUS. What SQL broadcasts is heard at every node; limits count all nodes
// together. Then each node serves a part, and it all looks the same.
func TestServicesApart(t *testing.T) {
	t.Parallel()
	pg := postgres(t)
	s3, err := s3server.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s3.Stop() })
	project := officialProject(t)
	var nodes []*node
	for _, name := range []string{"a", "b", "c"} {
		n := makeNode(t, name, "--project", project, "--db", pg.URL, "--cluster")
		n.env = append(n.env[:len(n.env):len(n.env)], s3.Env()...)
		n.start()
		nodes = append(nodes, n)
	}
	for _, n := range nodes { // they start together on an empty database
		n.ready()
	}
	if out, err := command(t, keys, "db", "seed", "--project", root+"/examples/chat", "--db", pg.URL); err != nil {
		t.Fatalf("seed: %v\n%s", err, out)
	}
	f := &fleet{t: t, primary: pg, nodes: nodes, proxy: newProxy(t, nodes)}
	within(t, "the proxy knows them", func() bool {
		return f.proxy.ready[0].Load() && f.proxy.ready[1].Load() && f.proxy.ready[2].Load()
	})
	list := []string{"chat-data.mjs", "chat-auth.mjs", "chat-realtime.mjs", "storage.mjs", "tus.mjs", "tus-nodes.mjs"}
	for _, name := range list {
		f.exec(`delete from auth.users where id::text not like 'b0b0%'; delete from storage.objects; delete from storage.buckets`) // of the script before
		script(t, f.proxy.url(), name, "PLINTH_NODES="+strings.Join(f.urls(), ","))
	}
	t.Run("broadcasts from SQL", func(t *testing.T) { heardFromSQL(t, f) })
	t.Run("limits", func(t *testing.T) { limitsAreShared(t, f) })
	if !t.Failed() {
		servicesApart(t, f)
	}
}

func (f *fleet) urls() (out []string) {
	for _, n := range f.nodes {
		out = append(out, "http://"+n.addr)
	}
	return out
}

// heardFromSQL: who listens at any node hears realtime.send and broadcast_changes.
func heardFromSQL(t *testing.T, f *fleet) {
	var list []*socket
	for _, n := range f.nodes {
		s, err := dial(n.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.nc.Close() })
		list = append(list, s)
		for topic, private := range map[string]bool{"room": false, "notes": true} {
			join := map[string]any{"config": map[string]any{"private": private, "broadcast": map[string]any{"replication_ready": true}}}
			if err := s.say(topic, topic, "realtime:"+topic, "phx_join", join); err != nil {
				t.Fatal(err)
			}
			expect(t, s, "the join's answer", func(f frame) bool {
				return f.event == "phx_reply" && f.topic == "realtime:"+topic && strings.Contains(string(f.payload), `"ok"`)
			})
		}
	}
	f.exec(`select realtime.send('{"from":"SQL"}'::jsonb, 'hello', 'room', false)`)
	f.exec(`insert into public.notes values (7)`)
	for _, s := range list {
		expect(t, s, "realtime.send", func(f frame) bool {
			return f.topic == "realtime:room" && f.event == "broadcast" && strings.Contains(string(f.payload), `"from"`)
		})
	}
	for _, s := range list {
		expect(t, s, "broadcast_changes", func(f frame) bool {
			return f.topic == "realtime:notes" && f.event == "broadcast" && strings.Contains(string(f.payload), `"INSERT"`)
		})
	}
}

// expect reads to a frame; those before it are not kept.
func expect(t *testing.T, s *socket, what string, good func(frame) bool) {
	t.Helper()
	for {
		f, err := s.hear(patience)
		if err != nil {
			t.Fatalf("%s does not come: %v", what, err)
		}
		if good(f) {
			return
		}
	}
}

// limitsAreShared: twenty anonymous accounts an hour are twenty, at whichever nodes; and
// requests that were counted at one node are refused at the others.
func limitsAreShared(t *testing.T, f *fleet) {
	var made, refused atomic.Int32
	var work sync.WaitGroup
	for i := range 30 {
		work.Go(func() {
			switch status := from(t, "203.0.113.6", f.nodes[i%3], "POST", "/auth/v1/signup", `{"data":{}}`); status {
			case http.StatusOK:
				made.Add(1)
			case http.StatusTooManyRequests:
				refused.Add(1)
			default:
				t.Errorf("an anonymous sign-up is answered %d", status)
			}
		})
	}
	work.Wait()
	if made.Load() != 20 || refused.Load() != 10 {
		t.Errorf("%d anonymous accounts of 20 were made, %d refused", made.Load(), refused.Load())
	}
	const at = "203.0.113.7"
	for range 10 {
		if status := from(t, at, f.nodes[0], "GET", "/rest/v1/profiles?limit=1", ""); status != http.StatusOK {
			t.Fatalf("a request within its limit is answered %d", status)
		}
	}
	for _, n := range f.nodes[1:] {
		within(t, "node "+n.name+" refuses who spent it elsewhere", func() bool {
			return from(t, at, n, "GET", "/rest/v1/profiles?limit=1", "") == http.StatusTooManyRequests
		})
	}
	if status := from(t, "203.0.113.8", f.nodes[1], "GET", "/rest/v1/profiles?limit=1", ""); status != http.StatusOK {
		t.Errorf("another address is answered %d", status)
	}
}

// from asks as a client whose address a proxy says.
func from(t *testing.T, address string, n *node, method, path, body string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+n.addr+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	req.Header.Set("Apikey", publishable)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Forwarded-For", address)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body) // for the connection's sake
	return res.StatusCode
}

// servicesApart: three nodes with different services look like one server, sockets
// included, at whichever node a client asks. Without the node that has a service its
// requests are answered 503, and all others go on.
func servicesApart(t *testing.T, f *fleet) {
	for i, only := range []string{"rest,jobs", "auth,storage", "realtime"} {
		n := f.nodes[i]
		n.kill()
		n.args = append(n.args, "--only", only)
		n.start()
	}
	nodes := f.nodes
	for _, n := range nodes {
		n.ready()
	}
	within(t, "the nodes know each other", func() bool {
		for _, n := range nodes {
			for _, path := range []string{"/rest/v1/", "/auth/v1/health", "/realtime/v1/api/stats", "/storage/v1/bucket"} {
				if code := get(t, n, path); code >= http.StatusBadGateway {
					return false
				}
			}
		}
		return true
	})
	within(t, "the proxy knows them", func() bool {
		return f.proxy.ready[0].Load() && f.proxy.ready[1].Load() && f.proxy.ready[2].Load()
	})
	f.exec(`delete from auth.users where id::text not like 'b0b0%'`)
	script(t, f.proxy.url(), "chat-realtime.mjs") // it signs up, writes and listens
	var s status
	within(t, "those of before are gone from the list, and all hear each other", func() bool {
		s = nodes[0].status(t)
		up := 0
		for _, n := range s.Nodes {
			if n.State == "up" && len(n.Hears) == 2 {
				up++
			}
		}
		return up == 3
	})
	leads := 0
	for _, n := range s.Nodes {
		if n.State == "up" && (len(n.Services) == 0 || n.Version == "") {
			t.Errorf("node %+v", n)
		}
		if n.Leads {
			leads++
		}
	}
	if leads != 1 {
		t.Errorf("%d lead: %+v", leads, s)
	}
	table, err := command(t, keys, "cluster", "status", "--url", "http://"+nodes[2].addr)
	if err != nil || strings.Count(table, "127.0.7.") < 3 || !strings.Contains(table, "(leads)") || !strings.Contains(table, "DEAF TO") {
		t.Errorf("the table: %v\n%s", err, table)
	}
	nodes[1].kill()
	within(t, "503 where nobody has a service", func() bool { return get(t, nodes[0], "/auth/v1/health") == http.StatusServiceUnavailable })
	if code := get(t, nodes[2], "/rest/v1/profiles?limit=1"); code != http.StatusOK {
		t.Errorf("the others answer %d", code)
	}
	nodes[1].start()
	within(t, "the service is back", func() bool { return get(t, nodes[0], "/auth/v1/health") == http.StatusOK })
}
