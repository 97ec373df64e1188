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
