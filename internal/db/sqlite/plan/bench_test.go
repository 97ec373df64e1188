package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/eval"
)

// A list of 50 rows with a to-many and a to-one embed, under policies, as REST asks
// for it: preparing the plan and reading the rows.
func BenchmarkEmbed(b *testing.B) {
	var rows strings.Builder
	rows.WriteString("begin;")
	for i := range 50 {
		fmt.Fprintf(&rows, `insert into "public.rooms" values (%d,'room %d',0,null); insert into "public.members" values (%d,'%s','x');`, i, i, i, ann)
		for j := range 10 {
			fmt.Fprintf(&rows, `insert into "public.messages" values (%d,%d,'%s','hello there','text',null,null,1700000000000000,1.5);`, i*100+j, i, ann)
		}
	}
	rows.WriteString("commit")
	w := newWorld(b, chat, rows.String())
	const sql = `select r.id, r.name, (select coalesce('[' || string_agg(row_to_json(x)::text, ',') || ']', '[]')::json
		from (select m.id, m.body, m.author from messages m where m.room_id = r.id order by m.id desc limit 20) x) as messages from rooms r order by r.id limit 50`
	p, run, err := w.run(user(ann), sql)
	if err != nil {
		b.Fatal(err)
	}
	b.Log(w.explain(user(ann), sql))
	ec := &eval.Ctx{Env: &builtin.Env{Role: "authenticated", Claims: user(ann).claims}}
	b.Run("prepare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Prepare(ec); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			st, err := w.conn.Prepare(run.SQL)
			if err != nil {
				b.Fatal(err)
			}
			for i, v := range run.Args {
				bindArg(st, i+1, v)
			}
			for {
				more, err := st.Step()
				if err != nil {
					b.Fatal(err)
				}
				if !more {
					break
				}
				st.ColumnText(2)
			}
			st.Release()
		}
	})
}
