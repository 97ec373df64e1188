create policy own on storage.objects for all to authenticated
  using (bucket_id = 'private' and (storage.foldername(name))[1] = auth.uid()::text)
  with check (bucket_id = 'private' and (storage.foldername(name))[1] = auth.uid()::text);

-- The helpers and the owner columns, as tutorials use them.
create policy album_read on storage.objects for select to authenticated
  using (bucket_id = 'album' and (owner = auth.uid() or storage.filename(name) like 'shared-%'));
create policy album_write on storage.objects for insert to authenticated
  with check (bucket_id = 'album' and owner_id = auth.uid()::text and storage.extension(name) in ('png', 'jpg') and (storage.foldername(name))[1] = 'photos');
create policy album_update on storage.objects for update to authenticated using (bucket_id = 'album' and owner_id = auth.uid()::text);
create policy album_delete on storage.objects for delete to authenticated using (bucket_id = 'album' and owner_id = auth.uid()::text);
