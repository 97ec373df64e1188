create table plinth.certificates (
  name text primary key,
  value text not null,
  modified_at timestamptz not null default now(),
  holder uuid,
  until timestamptz
);
alter table plinth.certificates enable row level security;
