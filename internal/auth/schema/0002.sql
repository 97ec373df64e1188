-- Sign-in by other providers. What a provider gave waits with the code for the app
-- that holds the verifier.
alter table auth.flow_codes add column provider_token text;
alter table auth.flow_codes add column provider_refresh_token text;

-- A person on the way to a provider and back.
create table auth.oauth_states (
  state_hash text primary key,
  provider text not null,
  redirect_to text not null,
  nonce text not null,
  verifier text not null,
  challenge text,
  challenge_method text,
  link_user uuid references auth.users (id) on delete cascade,
  expires_at timestamptz not null
);
create index oauth_states_expires_at_idx on auth.oauth_states (expires_at);
create index oauth_states_link_user_idx on auth.oauth_states (link_user);
alter table auth.oauth_states enable row level security;

-- What is counted exactly is counted by one at a time: whoever counts holds the row.
create table auth.counters (name text primary key);
insert into auth.counters (name) values ('sms');
alter table auth.counters enable row level security;

-- Messages to phones, for the bounds on them: the number without its last four digits.
create table auth.text_messages (
  id uuid primary key default gen_random_uuid(),
  prefix text not null,
  created_at timestamptz not null default now()
);
create index text_messages_created_at_idx on auth.text_messages (created_at);
alter table auth.text_messages enable row level security;
