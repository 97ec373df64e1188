// Package nats carries the bus over NATS, core NATS without JetStream: Dial to a server
// that is there, by URL, or Embed with a server inside this process that no client can
// reach, and that meets those of the other nodes by routes.
//
// Routes are mutual TLS 1.3: both sides show a certificate that only who has the
// cluster's secret can make (see package trust), so that the secret alone lets a node in,
// and is never sent. Who the others are the roof says, by SetPeers, from the table of
// members. One connection and one channel serve all subscriptions.
//
// With an external server, who may log in there is trusted.
package nats
