create table auth.users (
  instance_id uuid,
  id uuid primary key,
  aud varchar(255),
  role varchar(255),
  email varchar(255),
  encrypted_password varchar(255),
  email_confirmed_at timestamptz,
  invited_at timestamptz,
  confirmation_token varchar(255),
  confirmation_sent_at timestamptz,
  recovery_token varchar(255),
  recovery_sent_at timestamptz,
  email_change_token_new varchar(255),
  email_change varchar(255),
  email_change_sent_at timestamptz,
  last_sign_in_at timestamptz,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_super_admin boolean,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  phone text default null,
  phone_confirmed_at timestamptz,
  phone_change text default '',
  phone_change_token varchar(255) default '',
  phone_change_sent_at timestamptz,
  confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
  email_change_token_current varchar(255) default '',
  email_change_confirm_status smallint default 0,
  banned_until timestamptz,
  reauthentication_token varchar(255) default '',
  reauthentication_sent_at timestamptz,
  is_sso_user boolean not null default false,
  deleted_at timestamptz,
  is_anonymous boolean not null default false,
  constraint users_phone_key unique (phone)
);
create unique index users_email_partial_key on auth.users (email) where (is_sso_user = false);
create index users_instance_id_idx on auth.users (instance_id);

create table auth.identities (
  provider_id text not null,
  user_id uuid not null references auth.users (id) on delete cascade,
  identity_data jsonb not null,
  provider text not null,
  last_sign_in_at timestamptz,
  created_at timestamptz,
  updated_at timestamptz,
  email text generated always as (lower(identity_data ->> 'email')) stored,
  id uuid primary key default gen_random_uuid(),
  constraint identities_provider_id_provider_unique unique (provider_id, provider)
);
create index identities_user_id_idx on auth.identities (user_id);

create table auth.sessions (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  created_at timestamptz,
  updated_at timestamptz,
  factor_id uuid,
  aal text,
  not_after timestamptz,
  refreshed_at timestamptz,
  user_agent text,
  ip text,
  tag text,
  refresh_token_hmac_key text,
  refresh_token_counter bigint
);
create index sessions_user_id_idx on auth.sessions (user_id);

create table auth.signing_keys (
  id text primary key,
  jwk text not null,
  status text not null,
  created_at timestamptz not null default now()
);

alter table auth.users enable row level security;
alter table auth.identities enable row level security;
alter table auth.sessions enable row level security;
alter table auth.signing_keys enable row level security;

grant usage on schema auth to anon, authenticated, service_role;

-- Codes and links of letters. Their names are our own: a database that Supabase made
-- has auth.one_time_tokens and auth.flow_state in another shape. user_id is null for an
-- address that nobody has: the row bounds letters all the same.
create table auth.one_time_codes (
  id uuid primary key,
  user_id uuid references auth.users (id) on delete cascade,
  kind text not null,
  email text not null,
  code_hash text not null,
  link_hash text not null unique,
  challenge text,
  challenge_method text,
  attempts integer not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  session_id uuid,
  client text
);
create index one_time_codes_email_idx on auth.one_time_codes (email, kind);
create index one_time_codes_user_id_idx on auth.one_time_codes (user_id);
create index one_time_codes_expires_at_idx on auth.one_time_codes (expires_at);

create table auth.flow_codes (
  code_hash text primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  challenge text not null,
  challenge_method text not null,
  method text not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  session_id uuid
);
create index flow_codes_user_id_idx on auth.flow_codes (user_id);
create index flow_codes_expires_at_idx on auth.flow_codes (expires_at);

alter table auth.one_time_codes enable row level security;
alter table auth.flow_codes enable row level security;
