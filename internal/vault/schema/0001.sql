create schema if not exists vault;

create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index secrets_name_idx on vault.secrets (name) where name is not null;
alter table vault.secrets enable row level security;
revoke all on vault.secrets from anon, authenticated, service_role;

-- The server shows its keys to functions of the database's owner alone; see docs/operating.md
-- for what Postgres can keep apart.
create function vault._key(key_id text) returns bytea language plpgsql stable set search_path = '' as $$
declare
  found text := nullif(current_setting('plinth.vault_keys', true), '')::jsonb ->> key_id;
begin
  if found is null then
    raise exception 'the vault has no key % here', key_id using errcode = '55000', hint = 'Give this server the key by PLINTH_VAULT_KEYS or PLINTH_VAULT_KEYS_FILE.';
  end if;
  return decode(found, 'base64');
end $$;

create function vault._current() returns uuid language plpgsql stable set search_path = '' as $$
declare
  found text := nullif(current_setting('plinth.vault_keys', true), '')::jsonb ->> 'current';
begin
  if found is null then
    raise exception 'the vault has no key here' using errcode = '55000', hint = 'Give this server a key by PLINTH_VAULT_KEYS or PLINTH_VAULT_KEYS_FILE; plinth vault key makes one.';
  end if;
  return found::uuid;
end $$;

-- A256CBC-HS512: the last bytes under the MAC are the number of bits of the row's id.
create function vault._seal(row_id uuid, key_id uuid, plain text) returns text language plpgsql volatile security definer set search_path = '' as $$
declare
  k bytea := vault._key(key_id::text);
  iv bytea := extensions.gen_random_bytes(16);
  body bytea := iv || extensions.encrypt_iv(convert_to(plain, 'UTF8'), substring(k from 33 for 32), iv, 'aes-cbc/pad:pkcs');
begin
  return encode(body || substring(extensions.hmac(convert_to(row_id::text, 'UTF8') || body || decode('0000000000000120', 'hex'), substring(k from 1 for 32), 'sha512') from 1 for 32), 'base64');
end $$;

create function vault._open(row_id uuid, key_id uuid, sealed text) returns text language plpgsql stable security definer set search_path = '' as $$
declare
  k bytea := vault._key(key_id::text);
  raw bytea := decode(sealed, 'base64');
  body bytea := substring(raw from 1 for octet_length(raw) - 32);
begin
  if octet_length(raw) < 64 or substring(raw from octet_length(raw) - 31 for 32) <> substring(extensions.hmac(convert_to(row_id::text, 'UTF8') || body || decode('0000000000000120', 'hex'), substring(k from 1 for 32), 'sha512') from 1 for 32) then
    raise exception 'the secret % cannot be decrypted: it was tampered with', row_id using errcode = '22000';
  end if;
  return convert_from(extensions.decrypt_iv(substring(body from 17 for octet_length(body) - 16), substring(k from 33 for 32), substring(body from 1 for 16), 'aes-cbc/pad:pkcs'), 'UTF8');
end $$;

create view vault.decrypted_secrets with (security_invoker = true) as
  select id, name, description, secret, vault._open(id, key_id, secret) as decrypted_secret, key_id, created_at, updated_at from vault.secrets;
revoke all on vault.decrypted_secrets from anon, authenticated, service_role;

create function vault.create_secret(new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  new_id uuid := gen_random_uuid();
  k uuid := coalesce(new_key_id, vault._current());
begin
  insert into vault.secrets (id, name, description, secret, key_id) values (new_id, new_name, coalesce(new_description, ''), vault._seal(new_id, k, new_secret), k);
  return new_id;
end $$;

create function vault.update_secret(secret_id uuid, new_secret text default null, new_name text default null, new_description text default null, new_key_id uuid default null) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  k uuid := coalesce(new_key_id, vault._current());
begin
  update vault.secrets s set
    secret = case when new_secret is null then s.secret else vault._seal(s.id, k, new_secret) end,
    key_id = case when new_secret is null then s.key_id else k end,
    name = coalesce(new_name, s.name), description = coalesce(new_description, s.description), updated_at = now()
  where s.id = secret_id;
end $$;

revoke all on function vault._key(text), vault._current(), vault._seal(uuid, uuid, text), vault._open(uuid, uuid, text) from public, anon, authenticated, service_role;
revoke all on function vault.create_secret(text, text, text, uuid), vault.update_secret(uuid, text, text, text, uuid) from public, anon, authenticated, service_role;
grant usage on schema vault to service_role;
grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
grant execute on function vault._open(uuid, uuid, text), vault.create_secret(text, text, text, uuid), vault.update_secret(uuid, text, text, text, uuid) to service_role;
