// Package server is the roof: it opens the database, brings its schema up to date,
// builds the rooms, hands each its part of the URL space, and ends everything in
// order. It is the only importer of database drivers, and holds no product rule.
//
// A Server is one value; several may live in one process.
package server
