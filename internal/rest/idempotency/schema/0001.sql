create table plinth.idempotency (
  scope text primary key,
  request text not null,
  status smallint,
  headers jsonb,
  body bytea,
  created_at timestamptz not null default now()
);
create index idempotency_created_at_idx on plinth.idempotency (created_at);
alter table plinth.idempotency enable row level security;
