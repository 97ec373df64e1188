package postgres

// The change log by triggers, where logical replication is not to be had: they write
// what changed into plinth.changes, in the same transaction, and whoever follows
// numbers it.
//
// A row gets its number after its transaction is committed: numbering looks for rows
// without one, so none is passed over however long its transaction took. Among those
// found at once transactions go by their greatest id. That is an order in which they
// could have run: who changed a row after another waited for the other's commit, and
// took an id after it.
//
// Images are rows in binary form, which no setting of the writer changes; a table with
// a column of a type that is known by name alone is logged as text. A shape is a
// checksum of a table's columns: an image of another shape is not read.
const (

	// The lock is taken in a statement of its own, so that the next one sees what its
	// last holder did.
	sqlNumber = `select pg_advisory_xact_lock(7521962874612);
with found as (select id, max(id) over (partition by tx) as last from plinth.changes where seq is null),
 numbered as (select id, row_number() over (order by last, id) as n from found),
 done as (update plinth.changes c set seq = f.last + n.n from numbered n, plinth.feed f where c.id = n.id returning 1)
update plinth.feed set last = last + (select count(*) from done) where exists (select from done)`

	sqlHead = `select epoch, last, source = 'triggers' and exists (select from plinth.changes where seq is null), source = 'slot', token from plinth.feed`

	sqlChanges = `select seq, tx::text, rel, op, shape, old, new, at from plinth.changes where seq > $1 order by seq limit $2`

	// sqlTrim finds one place first, and what is before it by index.
	sqlTrim = `delete from plinth.changes where seq <= (select greatest(f.last - $1::bigint,
 (select max(seq) from plinth.changes where at < $2::timestamptz),
 case when pg_table_size('plinth.changes') > $3::bigint then (select max(seq) from (
   select seq, sum(100 + coalesce(octet_length(old), 0) + coalesce(octet_length(new), 0)) over (order by seq desc) as held
   from plinth.changes where seq is not null) s where held > $3::bigint) end) from plinth.feed f)`

	sqlForget = `delete from plinth.changes where seq <= $1::bigint and (select epoch from plinth.feed) = $2::bigint`

	// sqlLogged gives the shape of each table whose changes are told.
	sqlLogged = `select rel::int8, shape from plinth.logged where (select source from plinth.feed) = 'triggers'
union all select c.rel::int8, plinth.tuple_shape(c.rel) from plinth.told c where (select source from plinth.feed) = 'slot'`
)
