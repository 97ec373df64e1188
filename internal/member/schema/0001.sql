create table plinth.members (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  address text not null,
  bus text not null,
  services text not null,
  version text not null,
  state text not null,
  started_at timestamptz not null default now(),
  beat_at timestamptz not null default now()
);

alter table plinth.members enable row level security;
