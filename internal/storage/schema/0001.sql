create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');

create table storage.buckets (
  id text primary key,
  name text not null,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  public boolean default false,
  avif_autodetection boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  owner_id text,
  type storage.buckettype not null default 'STANDARD'
);
create unique index bname on storage.buckets (name);

create table storage.objects (
  id uuid primary key default gen_random_uuid(),
  bucket_id text,
  name text,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata jsonb,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  version text,
  owner_id text,
  user_metadata jsonb,
  constraint "objects_bucketId_fkey" foreign key (bucket_id) references storage.buckets (id)
);
create unique index bucketid_objname on storage.objects (bucket_id, name);
create index idx_objects_bucket_id_name on storage.objects (bucket_id, name collate "C");

alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;

grant usage on schema storage to anon, authenticated, service_role;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;

-- Which file a blob belongs to; the sweeper asks.
create index objects_version on storage.objects (version);

-- Uploads under way (TUS). Only the room itself sees them.
create table storage.uploads (
  id text primary key,
  bucket_id text not null,
  name text not null,
  owner_id text,
  upsert boolean not null default false,
  trusted boolean not null default false,
  size bigint,
  received bigint not null default 0,
  kind text not null default '',
  metadata jsonb not null,
  user_metadata jsonb,
  done boolean not null default false,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index uploads_expires_at on storage.uploads (expires_at);

-- What was received of an upload, in pieces; each is a blob.
create table storage.upload_parts (
  upload_id text not null,
  start bigint not null,
  size bigint not null,
  version text not null,
  etag text not null,
  primary key (upload_id, start)
);
create index upload_parts_version on storage.upload_parts (version);

alter table storage.uploads enable row level security;
alter table storage.upload_parts enable row level security;
