package lite

import (
	"fmt"
	"testing"

	lib "modernc.org/sqlite/lib"
)

// highest is the highest page number that the cache of c thinks it has.
func highest(c *Conn) uint32 {
	file := (*lib.TDb)(at((*lib.Tsqlite3)(at(c.db)).FaDb))
	tree := (*lib.TBtShared)(at((*lib.TBtree)(at(file.FpBt)).FpBt))
	pages := (*lib.TPCache)(at((*lib.TPager)(at(tree.FpPager)).FpPCache))
	return (*lib.TPCache1)(at(pages.FpCache)).FiMaxKey
}

// Trees that are balanced leave the cache with the numbers that its pages have, so that a
// commit does not look through all of them.
func TestTheCacheKnowsItsHighestPage(t *testing.T) {
	c := open(t)
	must(t, c.Exec("create table t (id text primary key, body text); begin"))
	st, err := c.Prepare("insert into t values (?1, ?2)")
	must(t, err)
	defer st.Release()
	for i := range 3000 {
		st.BindText(1, key(i))
		st.BindText(2, fmt.Sprintf("%0200d", i))
		must(t, st.Run())
	}
	pages := one(t, c, "select page_count from pragma_page_count")
	if most := highest(c); fmt.Sprint(most) != pages {
		t.Errorf("the highest page of the cache is %d, the database has %s", most, pages)
	}
	must(t, c.Exec("commit; delete from t; vacuum"))
	if got := one(t, c, "pragma integrity_check"); got != "ok" {
		t.Errorf("integrity: %s", got)
	}
}
