// Package mail sends letters: a letter is written in the caller's transaction, as a
// row and a job, and handed to an SMTP server after the commit. No letter leaves for a
// transaction that was rolled back, and none is lost by a crash; a letter whose
// handing over was cut off may arrive twice, with the same Message-ID.
//
// Subjects and bodies are templates with Supabase's variables. A letter's text is kept
// only until it is sent; without an SMTP server, in development, it is kept and shown
// by Inbox.
//
// Rooms call Send. The roof makes the Service, gives its Kind to the queue, and mounts
// Inbox where only the developer reaches it. A Service is safe for concurrent use.
package mail
