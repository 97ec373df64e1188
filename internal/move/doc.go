// Package move carries a database's rows to another engine while the old one goes on
// serving.
//
// Rows are copied table by table. Meanwhile the change log tells which keys changed
// since, and those rows are copied again, in rounds that grow shorter. Then the source
// is frozen: the last changes follow, and with them the tables that the log does not
// carry (sign-in, jobs, tables without a key), sequences and foreign keys; and both
// sides are counted and summed, table by table. From then on the target has all that
// was ever acknowledged. The source is never written.
package move
