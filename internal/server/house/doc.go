// Package house is the schema that a database has before any project: the scripts that make
// the rooms' own tables, in order, and an SQLite file in which they ran, with which a new
// database begins. It runs nothing; the roof does.
//
//	for _, sc := range house.Scripts() {
//		_, err := d.Script(ctx, sc)
//	}
package house
