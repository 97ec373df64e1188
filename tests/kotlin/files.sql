insert into storage.buckets (id, name, public) values ('private', 'private', false);

create policy "People keep files in folders of their own." on storage.objects for all to authenticated
  using (bucket_id = 'private' and (storage.foldername(name))[1] = (select auth.uid())::text)
  with check (bucket_id = 'private' and (storage.foldername(name))[1] = (select auth.uid())::text);
