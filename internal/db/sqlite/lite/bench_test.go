package lite

import (
	"fmt"
	"testing"
)

func fill(b *testing.B, c *Conn) {
	must(b, c.Exec(`create table r(id text primary key, a, b, c, d, e, f, g, h, i)`))
	must(b, c.Exec(`begin`))
	st, err := c.Prepare(`insert into r values (?1, ?2, 'some text of a message', 3, 4.5, null, 'x', 1, 'authenticated', ?3)`)
	must(b, err)
	for i := range 20000 {
		st.BindText(1, key(i))
		st.BindInt(2, int64(i))
		st.BindInt(3, int64(i%200))
		must(b, st.Run())
	}
	st.Release()
	must(b, c.Exec(`commit; create index r_i on r(i)`))
}

func key(i int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", i*2654435761&0xffffffff, i) }

func read(b *testing.B, c *Conn, sql string, arg any, dst []byte) []byte {
	st, err := c.Prepare(sql)
	must(b, err)
	switch arg := arg.(type) {
	case string:
		st.BindText(1, arg)
	case int:
		st.BindInt(1, int64(arg))
	}
	for {
		row, err := st.Step()
		if !row {
			must(b, err)
			break
		}
		for i := range st.Columns() {
			switch st.ColumnType(i) {
			case Null:
			default:
				dst = append(dst, st.ColumnText(i)...)
			}
		}
	}
	st.Release()
	return dst
}

func BenchmarkPointLookup(b *testing.B) {
	c := open(b)
	fill(b, c)
	k, dst := key(777), make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		if out := read(b, c, `select * from r where id = ?1`, k, dst); len(out) < 50 {
			b.Fatal("no row")
		}
	}
}

func BenchmarkHundredRows(b *testing.B) {
	c := open(b)
	fill(b, c)
	dst := make([]byte, 0, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		if out := read(b, c, `select * from r where i = ?1`, 7, dst); len(out) < 5000 {
			b.Fatal("no rows")
		}
	}
}

func BenchmarkGoFunction(b *testing.B) {
	c := open(b)
	functions(b, c)
	b.ReportAllocs()
	for b.Loop() {
		one(b, c, `with recursive c(x) as (select 1 union all select x+1 from c where x < 10000) select sum(root(x+100)) from c`)
	}
}
