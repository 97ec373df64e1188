create table plinth.jobs (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  args jsonb not null,
  key text,
  priority smallint not null,
  run_at timestamptz not null default now(),
  lease uuid,
  attempt integer not null default 0,
  attempts integer not null,
  last_error text,
  created_at timestamptz not null default now(),
  dead_at timestamptz,
  constraint jobs_kind_key_key unique (kind, key)
);
create index jobs_due_idx on plinth.jobs (priority, run_at) where dead_at is null;

create table plinth.schedules (
  name text primary key,
  spec text not null,
  next_at timestamptz not null,
  last_at timestamptz
);

alter table plinth.jobs enable row level security;
alter table plinth.schedules enable row level security;
