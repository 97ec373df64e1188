create table plinth.limits (
  key text primary key,
  due timestamptz not null
);

alter table plinth.limits enable row level security;
