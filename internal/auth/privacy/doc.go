// Package privacy hands a person everything that the project has of him, and erases it:
// the rows of every table that refers to the user, files, and, a little later, the rows'
// images in the change log.
//
// A table refers to a user by a foreign key to auth.users, or to a table whose own key is
// one (profiles.id, as tutorials have it). The catalogue says which, so a new table is
// part of the next export without a word.
//
// What a deletion erases is counted in the transaction that erases it; the receipt stays,
// of the person it keeps a digest alone. Only the room of sign-in calls the package; a
// Keeper is safe for concurrent use.
package privacy
