-- Triggers on Plinth's own tables, and its own functions in functions and triggers.
create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;

create table public.heard (n int generated always as identity primary key, what text not null);
create function public.hear(variadic parts text[]) returns void language plpgsql security definer set search_path = '' as $$
begin
  insert into public.heard (what) values (array_to_string(parts, ' ', '-'));
end $$;

-- People.
create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  email text, name text, plan text
);
create function public.before_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.email like '%@blocked.example' then
    raise exception 'nobody from %', split_part(new.email, '@', 2) using errcode = '23514';
  end if;
  new.raw_app_meta_data := coalesce(new.raw_app_meta_data, '{}') || '{"plan": "free"}';
  return new;
end $$;
create trigger a_before_user before insert on auth.users for each row execute function public.before_user();
create function public.on_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform public.hear(tg_when, tg_op, tg_table_schema || '.' || tg_table_name, coalesce(new.email, old.email), new.raw_user_meta_data ->> 'name');
  case tg_op
    when 'INSERT' then
      insert into public.profiles values (new.id, new.email, new.raw_user_meta_data ->> 'name', new.raw_app_meta_data ->> 'plan');
    when 'UPDATE' then
      update public.profiles p set name = new.raw_user_meta_data ->> 'name' where p.id = new.id;
    else null;
  end case;
  return null;
end $$;
create trigger on_user after insert or delete on auth.users for each row execute function public.on_user();
create trigger on_user_named after update on auth.users for each row
  when (old.raw_user_meta_data is distinct from new.raw_user_meta_data) execute function public.on_user();

-- Files.
insert into storage.buckets (id, name) values ('docs', 'docs');
create policy "own folder" on storage.objects for all to authenticated
  using (bucket_id = 'docs' and (storage.foldername(name))[1] = auth.uid()::text)
  with check (bucket_id = 'docs' and (storage.foldername(name))[1] = auth.uid()::text);
create function public.on_object() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  o storage.objects%rowtype;
begin
  if tg_op = 'DELETE' then o := old; else o := new; end if;
  if tg_when = 'BEFORE' then
    if storage.extension(o.name) = 'exe' then
      raise exception 'no programs' using errcode = '42501';
    end if;
    return o;
  end if;
  perform public.hear(tg_op, tg_table_name, o.bucket_id, array_to_string((storage.foldername(o.name))[2:], '/'), storage.filename(o.name), storage.extension(o.name), o.metadata ->> 'size');
  return null;
end $$;
create trigger a_before_object before insert on storage.objects for each row execute function public.on_object();
create trigger on_object after insert or update of name or delete on storage.objects for each row execute function public.on_object();

-- What is broadcast.
create table public.notes (id int primary key, room text, body text);
create function public.on_note() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform realtime.broadcast_changes('room:' || coalesce(new.room, old.room), tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
  if tg_op = 'INSERT' then
    perform realtime.send(jsonb_build_object('note', new.id), 'written', 'all', false);
  end if;
  return null;
end $$;
create trigger on_note after insert or update or delete on public.notes for each row execute function public.on_note();
create function public.broadcasts() returns table (topic text, event text, private bool, payload jsonb)
  language plpgsql stable security definer set search_path = '' as $$
begin
  return query select m.topic, m.event, m.private, m.payload - 'id' from realtime.messages m
    order by m.topic, m.event;
end $$;

-- Who asks, and what the schema extensions has.
create function public.who() returns jsonb language plpgsql stable as $$
declare
  claims jsonb := auth.jwt();
begin
  return jsonb_build_object('uid', auth.uid(), 'role', auth.role(), 'email', auth.email(), 'team', claims -> 'app_metadata' ->> 'team', 'as', current_user);
end $$;
create function public.helpers(word text) returns jsonb language plpgsql as $$
declare
  hash text := extensions.crypt(word, extensions.gen_salt('bf', 4));
begin
  return jsonb_build_object(
    'digest', encode(extensions.digest(word, 'sha256'), 'hex'),
    'hmac', encode(extensions.hmac(word, 'key', 'sha256'), 'hex'),
    'fits', extensions.crypt(word, hash) = hash,
    'wrong', extensions.crypt(word || 'x', hash) = hash,
    'uuid', length(extensions.uuid_generate_v4()::text),
    'bytes', length(extensions.gen_random_bytes(7)),
    'folder', storage.foldername('a/b/c.tar.gz'), 'file', storage.filename('a/b/c.tar.gz'), 'extension', storage.extension('a/b/c.tar.gz'));
end $$;

-- A GET may not write; nor may a function that is declared stable.
create function public.writes() returns int language plpgsql as $$ begin insert into public.heard (what) values ('written'); return 1; end $$;
create function public.writes_stable() returns int language plpgsql stable as $$ begin insert into public.heard (what) values ('never'); return 1; end $$;
