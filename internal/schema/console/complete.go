package console

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
)

var keywords = []string{
	"select", "from", "where", "insert into", "values", "update", "set", "delete from", "returning", "order by", "group by", "having",
	"limit", "offset", "join", "left join", "on", "and", "or", "not", "null", "is null", "exists", "union", "with", "create table",
	"alter table", "create policy", "create index", "create function", "drop table", "true", "false", "distinct", "count(*)", "auth.uid()",
}

// Complete returns line with the word before pos completed, as far as all that begin
// so agree, and the candidates where there are several.
func Complete(c *catalog.Catalog, line string, pos int) (out string, at int, candidates []string) {
	start := pos
	for start > 0 && !strings.ContainsRune(" \t\n(),;=", rune(line[start-1])) {
		start--
	}
	word := strings.ToLower(line[start:pos])
	if word == "" {
		return line, pos, nil
	}
	for _, name := range names(c) {
		if strings.HasPrefix(name, word) && !slices.Contains(candidates, name) {
			candidates = append(candidates, name)
		}
	}
	if len(candidates) == 0 {
		return line, pos, nil
	}
	common := candidates[0]
	for _, n := range candidates[1:] {
		for !strings.HasPrefix(n, common) {
			common = common[:len(common)-1]
		}
	}
	if len(candidates) == 1 {
		common, candidates = common+" ", nil
	}
	return line[:start] + common + line[pos:], start + len(common), candidates
}

// names are the words that complete: keywords, tables, columns and functions.
func names(c *catalog.Catalog) []string {
	out := slices.Clone(keywords)
	for _, t := range c.AllTables() {
		if slices.Contains(system, t.Schema) {
			continue
		}
		if t.Schema == "public" {
			out = append(out, t.Name)
		}
		out = append(out, t.Schema+"."+t.Name)
		out = append(out, t.ColumnNames()...)
	}
	for _, f := range c.AllFunctions() {
		if f.Schema == "public" {
			out = append(out, f.Name+"(")
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
