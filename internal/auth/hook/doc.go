// Package hook asks the project's own functions: SQL functions of the database, or
// HTTP servers, to which requests are signed as Standard Webhooks say.
//
// Call asks and waits, for at most a few seconds, outside of any transaction. Send
// tells in the caller's transaction: a SQL function runs in it, an HTTP server is told
// by a job, after the commit and until it has heard. What a function answers is bounded
// in size; a refusal with a message of its own reaches the client.
//
// SQL functions run as supabase_auth_admin, which needs execute on them, as on
// Supabase. Only the room of sign-in and the roof call the package; a Service is safe
// for concurrent use.
package hook
