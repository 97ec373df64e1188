-- Up to where clients with a session were told, so that they can come back to a server
-- that was started again. Written in batches, never for a single message.
create table plinth.realtime_feeds (
  node text primary key, -- a run of a server
  epoch bigint not null,
  seq bigint not null, -- its place in the feed, at a time
  at timestamptz not null default now()
);

create table plinth.realtime_sessions (
  id text primary key, -- a hash of a session and a topic, or of a topic in which clients talk
  node text not null,
  open boolean not null, -- it was connected when this was written
  epoch bigint,
  seq bigint, -- up to where it has everything; null: as far as its server was
  lost boolean not null, -- of the broadcasts between clients some may be missing
  at timestamptz not null default now()
);
create index realtime_sessions_at_idx on plinth.realtime_sessions (at);

alter table plinth.realtime_feeds enable row level security;
alter table plinth.realtime_sessions enable row level security;
