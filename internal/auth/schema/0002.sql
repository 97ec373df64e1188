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
insert into auth.counters (name) values ('sms'), ('keys');
alter table auth.counters enable row level security;

-- Messages to phones, for the bounds on them: the number without its last four digits.
create table auth.text_messages (
  id uuid primary key default gen_random_uuid(),
  prefix text not null,
  created_at timestamptz not null default now()
);
create index text_messages_created_at_idx on auth.text_messages (created_at);
alter table auth.text_messages enable row level security;

-- Second factors. auth.mfa_factors and auth.mfa_amr_claims are Supabase's; what a
-- factor's codes need beside is our own.
create table auth.mfa_factors (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  friendly_name text,
  factor_type text not null,
  status text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  secret text,
  phone text,
  last_challenged_at timestamptz
);
create index mfa_factors_user_id_idx on auth.mfa_factors (user_id);

create table auth.mfa_amr_claims (
  session_id uuid not null references auth.sessions (id) on delete cascade,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  authentication_method text not null,
  id uuid primary key default gen_random_uuid(),
  constraint mfa_amr_claims_session_id_authentication_method_pkey unique (session_id, authentication_method)
);

-- The last step of a code that was used, so that none is good twice, and wrong guesses.
create table auth.factor_guards (
  factor_id uuid primary key references auth.mfa_factors (id) on delete cascade,
  last_step bigint not null default 0,
  failures integer not null default 0,
  failed_at timestamptz
);

create table auth.factor_challenges (
  id uuid primary key,
  factor_id uuid not null references auth.mfa_factors (id) on delete cascade,
  expires_at timestamptz not null
);
create index factor_challenges_factor_id_idx on auth.factor_challenges (factor_id);

create table auth.recovery_codes (
  code_hash text primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  used_at timestamptz
);
create index recovery_codes_user_id_idx on auth.recovery_codes (user_id);

alter table auth.mfa_factors enable row level security;
alter table auth.mfa_amr_claims enable row level security;
alter table auth.factor_guards enable row level security;
alter table auth.factor_challenges enable row level security;
alter table auth.recovery_codes enable row level security;

-- What happened to accounts, for administrators; Supabase's table.
create table auth.audit_log_entries (
  instance_id uuid,
  id uuid primary key,
  payload jsonb,
  created_at timestamptz,
  ip_address varchar(64) not null default ''
);
create index audit_log_entries_created_at_idx on auth.audit_log_entries (created_at);
alter table auth.audit_log_entries enable row level security;

-- That a person's data was erased: how much, and of whom as a digest alone.
create table auth.erasures (
  id uuid primary key,
  user_digest text not null,
  receipt jsonb not null,
  created_at timestamptz not null
);
alter table auth.erasures enable row level security;

-- Roles and permissions of users, for policies. A token that carries user_roles is
-- believed; else the tables are asked.
create table auth.user_roles (
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null,
  primary key (user_id, role)
);
create table auth.role_permissions (
  role text not null,
  permission text not null,
  primary key (role, permission)
);
alter table auth.user_roles enable row level security;
alter table auth.role_permissions enable row level security;

create function auth.has_role(wanted text) returns boolean language sql stable security definer set search_path = '' as $$
  select case when (auth.jwt() -> 'user_roles') is not null then coalesce((auth.jwt() -> 'user_roles') ? wanted, false)
    else exists (select 1 from auth.user_roles r where r.user_id = auth.uid() and r.role = wanted) end
$$;

create function auth.can(wanted text) returns boolean language sql stable security definer set search_path = '' as $$
  select case when (auth.jwt() -> 'user_roles') is not null
    then exists (select 1 from auth.role_permissions p where p.permission = wanted and (auth.jwt() -> 'user_roles') ? p.role)
    else exists (select 1 from auth.role_permissions p join auth.user_roles r on r.role = p.role where p.permission = wanted and r.user_id = auth.uid()) end
$$;

-- As custom_access_token hook: puts the user's roles into the token.
create function auth.roles_hook(event jsonb) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  roles jsonb;
begin
  select coalesce(jsonb_agg(r.role order by r.role), '[]'::jsonb) into roles from auth.user_roles r where r.user_id = (event ->> 'user_id')::uuid;
  return jsonb_build_object('claims', (event -> 'claims') || jsonb_build_object('user_roles', roles));
end
$$;
grant execute on function auth.has_role(text), auth.can(text) to anon, authenticated, service_role;
revoke execute on function auth.roles_hook(jsonb) from public, anon, authenticated;
grant execute on function auth.roles_hook(jsonb) to supabase_auth_admin;
grant usage on schema auth to supabase_auth_admin;
