// Package examples runs the projects of the folder examples as people use them: the
// requests of testdata/<project>.txt go to a server on SQLite and to one on Postgres,
// and both must give the answers that stand there, byte by byte.
//
// A transcript names its actors first, each with the claims of his token, then says
// who asks what; lines that begin with # say what a request proves:
//
//	@ ann {"sub": "…"}
//	# Ann sees the open channels.
//	ann GET /rest/v1/channels?select=slug
//	< 200 [{"slug":"general"}]
//
// Of rooms other than the data API only the status is kept: their answers have tokens
// and ids of the moment. testdata/house is a project of the tests' own.
//
// -update writes the answers of Postgres into the files.
package examples
