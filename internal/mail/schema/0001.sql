create table plinth.letters (
  id uuid primary key default gen_random_uuid(),
  address text not null,
  template text not null,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  subject text,
  body text
);
create index letters_created_at_idx on plinth.letters (created_at);
alter table plinth.letters enable row level security;
