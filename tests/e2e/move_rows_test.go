package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestMoveRows moves a table of PLINTH_PROOF_ROWS rows, 20,000 without it, and says
// what it took. Types whose text is delicate are among the columns.
func TestMoveRows(t *testing.T) {
	t.Parallel()
	rows := 20_000
	if n, err := strconv.Atoi(os.Getenv("PLINTH_PROOF_ROWS")); err == nil {
		rows = n
	}
	pg, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Stop()
	project := t.TempDir()
	var sql strings.Builder
	sql.WriteString(`
create type public.mood as enum ('sad', 'ok', 'happy');
create table public.places (id bigint primary key, name text not null);
insert into public.places select i, 'place ' || i from generate_series(1, 100) as i;
create table public.items (
  id bigint generated always as identity primary key,
  code uuid not null default gen_random_uuid() unique,
  place bigint not null references public.places (id),
  note text,
  price numeric(12, 4),
  weight double precision,
  mood public.mood,
  tags text[],
  meta jsonb,
  raw bytea,
  day date,
  made timestamptz not null default now(),
  label text generated always as (lower(note)) stored
);
create index items_place_idx on public.items (place, made);
alter table public.items enable row level security;
alter table public.items force row level security;
`)
	for from := 1; from <= rows; from += 100_000 { // what one statement gives is bounded
		fmt.Fprintf(&sql, `insert into public.items (place, note, price, weight, mood, tags, meta, raw, day)
  select i %% 100 + 1, case when i %% 7 = 0 then null else 'Tab' || chr(9) || 'line' || chr(10) || 'back\slash ü ' || i end,
    i * 1.0625, i / 3.0, (array['sad', 'ok', 'happy'])[i %% 3 + 1]::public.mood, array['a,b', 'c"d', 'n' || i],
    jsonb_build_object('b', i, 'a', 'x'), decode('00ff' || lpad(to_hex(i), 8, '0'), 'hex'), date '2026-01-01' + i %% 365
  from generate_series(%d, %d) as i;
`, from, min(from+99_999, rows))
	}
	write(t, filepath.Join(project, "supabase/migrations/20260101000000_items.sql"), sql.String())
	data := t.TempDir()
	patiently(t, "migrate", "up", "--project", project, "--data", data)
	cmd := exec.Command(binary, "move", "--project", project, "--data", data, "--to", pg.URL)
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("move: %v\n%s", err, out)
	}
	use := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	took := time.Since(begun)
	t.Logf("%d rows in %s: %.0f rows a second, %.1f CPU-s of the mover, at most %d MB of memory\n%s",
		rows, took.Round(time.Millisecond), float64(rows)/took.Seconds(), (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), use.Maxrss>>10, out)
	p := start(t, nil, "dev", "--project", project, "--data", data, "--db", pg.URL, "--listen", "127.0.0.1:0")
	var list []struct{ Label *string }
	if get(t, p.url+"/rest/v1/items?select=label&order=id.desc&limit=2", localSecret, &list); len(list) != 2 {
		t.Errorf("after the move there are %d of the last two rows", len(list))
	}
	p.stop(t)
	if diff := done(t, "db", "diff", "--project", project, "--data", data, "--db", asURL(pg)); diff != "" {
		t.Errorf("the moved database differs from its migrations:\n%s", diff)
	}
	back := t.TempDir()
	if out := patiently(t, "move", "--project", project, "--data", back, "--from", pg.URL); !has(out, "sums of all tables agree", "done") {
		t.Errorf("the way back: %s", out)
	}
	was, is := dump(t, project, data), dump(t, project, back)
	if was != is {
		t.Errorf("after the way there and back %d bytes of rows are others of %d", len(is), len(was))
	}
}

// patiently runs a command that may take as long as the test.
func patiently(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("plinth %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// dump is what the data API says of all rows, and where new ones would go on.
func dump(t *testing.T, project, data string) string {
	t.Helper()
	p := dev(t, project, data)
	defer p.stop(t)
	var list []any
	var b strings.Builder
	for offset := 0; ; offset += 1000 {
		if code := get(t, fmt.Sprintf("%s/rest/v1/items?order=id&limit=1000&offset=%d", p.url, offset), localSecret, &list); code != http.StatusOK {
			t.Fatalf("status %d", code)
		}
		fmt.Fprintln(&b, list)
		if len(list) < 1000 || offset > 20_000 {
			break
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/rest/v1/items?select=id", strings.NewReader(`{"place":1}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Apikey": {localSecret}, "Content-Type": {"application/json"}, "Prefer": {"return=representation"}}
	if code := send(t, req, &list); code != http.StatusCreated {
		t.Fatalf("insert: status %d", code)
	}
	fmt.Fprintln(&b, list)
	return b.String()
}

// asURL is the server's address in the other of its two forms.
func asURL(pg *pgserver.Server) string {
	var host, user, db string
	fmt.Sscanf(pg.URL, "host=%s user=%s dbname=%s", &host, &user, &db)
	return "postgres://" + user + "@/" + db + "?host=" + host + "&sslmode=disable"
}
