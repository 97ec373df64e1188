package storage_test

import (
	"context"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
)

const uses = `
create table public.uses (id int generated always as identity, what text);
create function public.used() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' and (storage.foldername(new.name))[2] = 'forbidden' then
    raise exception 'nothing goes into that folder' using errcode = '42501';
  end if;
  insert into public.uses (what) values (concat_ws(' ', tg_op, coalesce(new.bucket_id, old.bucket_id),
    storage.filename(coalesce(new.name, old.name)), storage.extension(coalesce(new.name, old.name)), coalesce(new.metadata, old.metadata) ->> 'size', new.owner_id));
  return coalesce(new, old);
end $$;
create trigger used after insert or update of name or delete on storage.objects for each row execute function public.used();
`

// A project's trigger on storage.objects sees uploads, moves and deletions; where it
// raises, neither row nor bytes stay.
func TestTriggersOnObjects(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.script(uses)
	mine := "/object/private/" + uid(1)
	h.want(200, "ann", "POST", mine+"/a.txt", "hello", "Content-Type: text/plain")
	if a := h.call("ann", "POST", mine+"/forbidden/b.txt", "no", "Content-Type: text/plain"); a.code < 400 || !strings.Contains(a.body, "403") {
		t.Errorf("an upload that the trigger refuses = %d %s", a.code, a.body)
	}
	h.agree(1)
	h.want(200, "ann", "POST", "/object/move", `{"bucketId":"private","sourceKey":"`+uid(1)+`/a.txt","destinationKey":"`+uid(1)+`/c.md"}`, "Content-Type: application/json")
	h.want(200, "ann", "DELETE", mine+"/c.md", "")
	h.agree(0)
	rows, err := h.db.Query(context.Background(), db.Owner, `select string_agg(what, '; ' order by id) from public.uses`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	rows.Next()
	got, _ := rows.AppendText(nil, 0)
	want := "INSERT private a.txt txt 5 " + uid(1) + "; UPDATE private c.md md 5 " + uid(1) + "; DELETE private c.md md 5"
	if string(got) != want {
		t.Errorf("the trigger saw\n%s, want\n%s", got, want)
	}
}
