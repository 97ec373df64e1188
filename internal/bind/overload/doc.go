// Package overload is Postgres' rule for choosing among functions and operators of one
// name by the types of the arguments, with the type categories and casts it rests on.
package overload
