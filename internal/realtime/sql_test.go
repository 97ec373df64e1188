package realtime_test

import (
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

const spread = `
create table notes (id int primary key, room text, body text);
create function tell() returns trigger language plpgsql security definer as $$
begin
  perform realtime.broadcast_changes('room:' || coalesce(new.room, old.room), tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
  return null;
end $$;
create trigger tell after insert or update or delete on notes for each row execute function tell();
create policy hear on realtime.messages for select to authenticated using (realtime.topic() like 'room:%');
`

// Rows of realtime.messages, which the functions in SQL write, reach channels.
func TestBroadcastFromTheDatabase(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		w := openOn(t, engine, spread, nil)
		c := w.dial("vsn=2.0.0&apikey=" + w.token(1, time.Hour))
		old := w.dial("vsn=1.0.0&apikey=" + w.token(1, time.Hour))
		c.say(`["1","1","realtime:room:a","phx_join",{"config":{"private":true,"presence":{"enabled":false}}}]`)
		c.expect(`"*"`)
		old.say(`{"topic":"realtime:room:a","event":"phx_join","payload":{"config":{"private":true,"presence":{"enabled":false}}},"ref":"1"}`)
		old.expect(`{"event":"phx_reply","payload":"*","ref":"1","topic":"realtime:room:a"}`)
		w.exec(db.Owner, `insert into notes values (1, 'a', 'x')`)
		w.exec(db.Owner, `update notes set body = 'y'`)
		w.exec(db.Owner, `delete from notes`)
		change := func(op, record, old string) string {
			return `{"type":"broadcast","event":"` + op + `","meta":{"id":"*"},"payload":{"id":"*","schema":"public","table":"notes","operation":"` + op + `","record":` + record + `,"old_record":` + old + `}}`
		}
		for _, want := range []string{
			change("INSERT", `{"id":1,"room":"a","body":"x"}`, `null`),
			change("UPDATE", `{"id":1,"room":"a","body":"y"}`, `{"id":1,"room":"a","body":"x"}`),
			change("DELETE", `null`, `{"id":1,"room":"a","body":"y"}`),
		} {
			c.expect(`[null,null,"realtime:room:a","broadcast",` + want + `]`)
			old.expect(`{"event":"broadcast","payload":` + want + `,"ref":null,"topic":"realtime:room:a"}`)
		}
		w.exec(db.Owner, `select realtime.send('[1]', 'e', 'room:a', false)`) // to the public topic of that name
		w.exec(db.Owner, `select realtime.send_binary('\x00ff', 'bytes', 'room:a')`)
		if _, got := c.read(); string(got) != "\x04\x0f\x05\x2d\x00realtime:room:abytes"+string(got[25:70])+"\x00\xff" {
			t.Errorf("bytes came as %q", got)
		}
		c.quiet()
		// Who may not write a message does not undo his statement.
		w.exec(db.Session{Role: "authenticated", Claims: `{"sub":"` + uid(1) + `"}`}, `select realtime.send('{}', 'e', 'room:a')`)
		c.quiet()
	})
}
