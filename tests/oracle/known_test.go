package oracle

import "regexp"

// difference is a kind of statement whose tree is known to differ, and why.
type difference struct {
	match  *regexp.Regexp
	reason string
}

var differences = []difference{
	{regexp.MustCompile(`(?i)^update only\b|\btable only\b`), "ONLY says nothing where no table inherits"},
	{regexp.MustCompile(`(?i)^refresh materialized view concurrently`), "CONCURRENTLY concerns locks that this engine does not take"},
	{regexp.MustCompile(`(?is)\bpartition of\b.*\bvalues\b`), "the bounds of a partition are not kept: the table is refused"},
	{regexp.MustCompile(`(?is)^create role .*password`), "a password is not kept, so that none is printed"},
	{regexp.MustCompile(`(?i)^start transaction isolation level`), "a migration is one transaction, whatever it says of it"},
	{regexp.MustCompile(`(?i)^create function one\(\) returns int return 1$`), "RETURN x is BEGIN ATOMIC SELECT x; END"},
	{regexp.MustCompile(`(?i)^create function outs\(in a int,`), "IN is what an argument is that says nothing"},
	{regexp.MustCompile(`(?is)^create function .*\bcalled on null input\b`), "CALLED ON NULL INPUT is what a function does that says nothing"},
	{regexp.MustCompile(`(?i)^alter table a alter id set generated always set start`), "each SET of an identity column is a command of its own"},
}

// known is the reason why a statement may differ, "" for none.
func known(sql string) string {
	for _, d := range differences {
		if d.match.MatchString(sql) {
			return d.reason
		}
	}
	return ""
}
