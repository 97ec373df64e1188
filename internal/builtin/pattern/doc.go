// Package pattern matches text as Postgres does: LIKE and ILIKE, SIMILAR TO, and "advanced"
// regular expressions, which it translates to Go's. What has no translation (back
// references, lookaround) is refused with 0A000. A Memo may be used concurrently.
package pattern
