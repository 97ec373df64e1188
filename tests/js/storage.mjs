// Files, as the official client sees them. The project has this policy:
//   create policy own on storage.objects for all to authenticated
//     using (bucket_id = 'private' and (storage.foldername(name))[1] = auth.uid()::text)
//     with check (bucket_id = 'private' and (storage.foldername(name))[1] = auth.uid()::text);
import { assert, client, env, fails, finish, ok, same, step } from './lib.mjs'

const admin = client(env.secret)
const ann = client()
const bob = client()
const stranger = client()
const now = Date.now()

const id = await step('two users', async () => {
  const { user } = ok(await ann.auth.signUp({ email: `ann${now}@example.com`, password: 'correct horse' }))
  ok(await bob.auth.signUp({ email: `bob${now}@example.com`, password: 'correct horse' }))
  return user.id
})

// refused expects an error of the storage wire: HTTP status 400, the true one in the body.
function refused({ data, error }, statusCode, message) {
  assert.ok(error, `no error but ${JSON.stringify(data)}, want ${statusCode}`)
  same([error.statusCode, error.message], [String(statusCode), message])
  return error
}
const rls = 'new row violates row-level security policy'

await step('buckets', async () => {
  ok(await admin.storage.createBucket('private'))
  same(ok(await admin.storage.createBucket('public', { public: true, fileSizeLimit: '1MB', allowedMimeTypes: ['image/*', 'text/plain'] })).name, 'public')
  refused(await admin.storage.createBucket('public'), 409, 'The resource already exists')
  refused(await ann.storage.createBucket('mine'), 403, rls)
  const bucket = ok(await admin.storage.getBucket('public'))
  same([bucket.id, bucket.public, bucket.file_size_limit, bucket.allowed_mime_types], ['public', true, 1_000_000, ['image/*', 'text/plain']])
  same(ok(await admin.storage.listBuckets()).map((b) => b.id), ['private', 'public'])
  same(ok(await ann.storage.listBuckets()), [])
  ok(await admin.storage.updateBucket('public', { public: true, fileSizeLimit: 1000, allowedMimeTypes: null }))
  same(ok(await admin.storage.getBucket('public')).file_size_limit, 1000)
  refused(await ann.storage.getBucket('public'), 404, 'Bucket not found')
})

const mine = ann.storage.from('private')
const path = `${id}/folder/hello world.txt`
const text = async (blob) => await blob.text()

await step('upload of a string, and its ends', async () => {
  const up = ok(await mine.upload(path, 'hello', { contentType: 'text/plain', cacheControl: '60', metadata: { mood: 'good' } }))
  same([up.path, up.fullPath], [path, `private/${path}`])
  same(await text(ok(await mine.download(path))), 'hello')
  const info = ok(await mine.info(path))
  same([info.id, info.size, info.contentType, info.cacheControl, info.metadata], [up.id, 5, 'text/plain', 'max-age=60', { mood: 'good' }])
  same(ok(await mine.exists(path)), true)
  same((await mine.exists(`${id}/none`)).data, false)
  refused(await mine.download(`${id}/none`), 404, 'Object not found')
})

await step('upload of a Blob goes as a form', async () => {
  const blob = new Blob([new Uint8Array([1, 2, 3, 4])], { type: 'image/png' })
  ok(await mine.upload(`${id}/a.png`, blob, { metadata: { n: 1 } }))
  const info = ok(await mine.info(`${id}/a.png`))
  same([info.size, info.contentType, info.cacheControl, info.metadata], [4, 'image/png', 'max-age=3600', { n: 1 }])
  same([...new Uint8Array(await ok(await mine.download(`${id}/a.png`)).arrayBuffer())], [1, 2, 3, 4])
})

await step('upsert, update, duplicates', async () => {
  const error = refused(await mine.upload(path, 'again'), 409, 'The resource already exists')
  same([error.status, error.code], [400, 'KeyAlreadyExists'])
  ok(await mine.upload(path, 'again', { upsert: true }))
  ok(await mine.update(path, 'and again', { contentType: 'text/plain' }))
  same(await text(ok(await mine.download(path))), 'and again')
})

await step('streams both ways', async () => {
  const chunk = new Uint8Array(65536).fill(7)
  let n = 0
  const body = new ReadableStream({ pull(c) { n++ < 64 ? c.enqueue(chunk) : c.close() } })
  ok(await mine.upload(`${id}/stream.bin`, body, { contentType: 'application/octet-stream', duplex: 'half' }))
  const stream = ok(await mine.download(`${id}/stream.bin`).asStream())
  let size = 0
  for await (const part of stream) size += part.length
  same(size, 64 * 65536)
})

await step('policies', async () => {
  refused(await bob.storage.from('private').upload(`${id}/bobs.txt`, 'x'), 403, rls)
  refused(await bob.storage.from('private').upload(path, 'x', { upsert: true }), 403, rls)
  refused(await bob.storage.from('private').download(path), 404, 'Object not found')
  refused(await bob.storage.from('private').createSignedUrl(path, 60), 404, 'Object not found')
  refused(await bob.storage.from('private').move(path, 'mine.txt'), 404, 'Object not found')
  same(ok(await bob.storage.from('private').remove([path])), [])
  same(ok(await bob.storage.from('private').list(id)), [])
  refused(await stranger.storage.from('private').upload('x.txt', 'x'), 403, rls)
})

await step('signed URLs', async () => {
  const { signedUrl } = ok(await mine.createSignedUrl(path, 60, { download: 'my report.txt' }))
  const res = await fetch(signedUrl)
  same([res.status, await res.text()], [200, 'and again'])
  assert.match(res.headers.get('content-disposition'), /^attachment; filename=my%20report\.txt;/)
  const bad = await fetch(signedUrl.replace('hello', 'other'))
  same([bad.status, (await bad.json()).error], [400, 'InvalidSignature'])
  const many = ok(await mine.createSignedUrls([path, 'none'], 60))
  same(many.map((m) => [m.path, !!m.signedUrl, !!m.error]), [[path, true, false], ['none', false, true]])
  same((await fetch(many[0].signedUrl)).status, 200)
})

await step('signed uploads', async () => {
  const up = ok(await mine.createSignedUploadUrl(`${id}/signed.txt`))
  ok(await stranger.storage.from('private').uploadToSignedUrl(`${id}/signed.txt`, up.token, 'by a stranger', { contentType: 'text/plain' }))
  same(await text(ok(await mine.download(`${id}/signed.txt`))), 'by a stranger')
  refused(await stranger.storage.from('private').uploadToSignedUrl(`${id}/other.txt`, up.token, 'x'), 400, 'The url do not match the signature')
  refused(await stranger.storage.from('private').uploadToSignedUrl(`${id}/signed.txt`, up.token, 'x'), 409, 'The resource already exists')
})

await step('public files, ranges and conditions', async () => {
  const pub = admin.storage.from('public')
  ok(await pub.upload('a/b.txt', '0123456789', { contentType: 'text/plain' }))
  const { publicUrl } = pub.getPublicUrl('a/b.txt').data
  const whole = await fetch(publicUrl)
  same([whole.status, await whole.text(), whole.headers.get('cache-control')], [200, '0123456789', 'max-age=3600'])
  const etag = whole.headers.get('etag')
  const part = await fetch(publicUrl, { headers: { range: 'bytes=2-4' } })
  same([part.status, await part.text(), part.headers.get('content-range')], [206, '234', 'bytes 2-4/10'])
  same((await fetch(publicUrl, { headers: { 'if-none-match': etag } })).status, 304)
  same((await fetch(publicUrl, { headers: { range: 'bytes=10-' } })).status, 416)
  const head = await fetch(publicUrl, { method: 'HEAD' })
  same([head.status, head.headers.get('content-length')], [200, '10'])
  refused(await pub.upload('big.txt', 'x'.repeat(1001)), 413, 'The object exceeded the maximum allowed size')
  const wrong = await fetch(publicUrl.replace('/public/public/', '/public/private/'))
  same([wrong.status, (await wrong.json()).message], [400, 'Bucket not found'])
})

await step('listings', async () => {
  const names = (l) => l.map((e) => [e.name, e.id === null])
  same(names(ok(await mine.list(id))), [['folder', true], ['a.png', false], ['signed.txt', false], ['stream.bin', false]])
  same(names(ok(await mine.list(id, { limit: 2, offset: 1, sortBy: { column: 'name', order: 'desc' } }))), [['stream.bin', false], ['signed.txt', false]])
  same(names(ok(await mine.list(id, { search: 'SIG' }))), [['signed.txt', false]])
  const [file] = ok(await mine.list(`${id}/folder`))
  same([file.name, file.metadata.size, file.metadata.mimetype], ['hello world.txt', 9, 'text/plain'])
  const page = ok(await mine.listV2({ prefix: `${id}/`, with_delimiter: true, limit: 2 }))
  same([page.hasNext, page.objects.length + page.folders.length], [true, 2])
  const rest = ok(await mine.listV2({ prefix: `${id}/`, with_delimiter: true, cursor: page.nextCursor }))
  same([...page.objects, ...rest.objects].map((o) => o.key), ['a.png', 'signed.txt', 'stream.bin'].map((n) => `${id}/${n}`))
  same([...page.folders, ...rest.folders].map((f) => f.name), [`${id}/folder/`])
  same(rest.hasNext, false)
})

await step('move, copy, remove', async () => {
  same(ok(await mine.copy(path, `${id}/copy.txt`)).path, `private/${id}/copy.txt`)
  refused(await mine.copy(path, `${id}/copy.txt`), 409, 'The resource already exists')
  ok(await mine.move(`${id}/copy.txt`, `${id}/moved.txt`))
  refused(await mine.move(`${id}/copy.txt`, `${id}/x.txt`), 404, 'Object not found')
  refused(await mine.move(`${id}/moved.txt`, 'outside.txt'), 403, rls)
  same(await text(ok(await mine.download(`${id}/moved.txt`))), 'and again')
  same(ok(await mine.remove([`${id}/moved.txt`, `${id}/none`])).map((f) => f.name), [`${id}/moved.txt`])
})

await step('names that lead elsewhere', async () => {
  for (const name of ['../x', 'a/../../x', 'ünï', 'a\u0000b', 'x'.repeat(1100)]) {
    const { error } = await admin.storage.from('private').upload(name, 'x')
    assert.ok(error, `${JSON.stringify(name)} was taken`)
  }
})

await step('smaller pictures', async () => {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAAECAIAAAA8r+mnAAAAEUlEQVR42mP4z8CAFTFQTwIAWl4f4Q122OMAAAAASUVORK5CYII=', 'base64') // 8 × 4, red
  ok(await mine.upload(`${id}/red.png`, png, { contentType: 'image/png' }))
  const size = async (blob) => {
    const head = Buffer.from(await blob.arrayBuffer())
    return [head.readUInt32BE(16), head.readUInt32BE(20)]
  }
  same(await size(ok(await mine.download(`${id}/red.png`, { transform: { width: 4 } }))), [4, 2])
  const { signedUrl } = ok(await mine.createSignedUrl(`${id}/red.png`, 60, { transform: { width: 2, height: 2 } }))
  same(await size(await (await fetch(signedUrl)).blob()), [2, 2])
  refused(await mine.download(`${id}/red.png`, { transform: { width: 9999 } }), 400, 'width must be between 1 and 2500')
})

await step('policies that look at names and owners', async () => {
  ok(await admin.storage.createBucket('album'))
  const album = ann.storage.from('album')
  const photo = async (name) => await album.upload(name, 'x', { contentType: 'image/png' })
  ok(await photo('photos/a.png'))
  ok(await photo('photos/shared-b.jpg'))
  for (const name of ['photos/a.gif', 'other/a.png', 'a.png']) refused(await photo(name), 403, rls)
  same(ok(await album.list('photos')).map((f) => f.name), ['a.png', 'shared-b.jpg'])
  const bobs = bob.storage.from('album')
  same(ok(await bobs.list('photos')).map((f) => f.name), ['shared-b.jpg']) // by storage.filename
  refused(await bobs.download('photos/a.png'), 404, 'Object not found')
  same(await text(ok(await bobs.download('photos/shared-b.jpg'))), 'x')
  same(ok(await bobs.remove(['photos/a.png', 'photos/shared-b.jpg'])), []) // by owner_id
  refused(await bobs.upload('photos/shared-b.jpg', 'y', { upsert: true }), 403, rls)
  ok(await album.update('photos/a.png', 'z', { contentType: 'image/png' }))
  same(ok(await album.remove(['photos/a.png', 'photos/shared-b.jpg'])).length, 2)
  ok(await admin.storage.deleteBucket('album'))
})

await step('from bucket to bucket', async () => {
  refused(await mine.copy(path, `${id}/there.txt`, { destinationBucket: 'public' }), 403, rls)
  ok(await admin.storage.from('private').copy(path, `${id}/there.txt`, { destinationBucket: 'public' }))
  const url = (name, options) => stranger.storage.from('public').getPublicUrl(name, options).data.publicUrl
  same(await (await fetch(url(`${id}/there.txt`))).text(), 'and again')
  refused(await mine.move(path, 'x.txt', { destinationBucket: 'public' }), 403, rls)
  ok(await admin.storage.from('public').move(`${id}/there.txt`, `${id}/back.txt`, { destinationBucket: 'private' }))
  same(await text(ok(await mine.download(`${id}/back.txt`))), 'and again')
  same((await fetch(url(`${id}/there.txt`, { download: 'x' }))).status, 400)
})

await step('emptied and deleted', async () => {
  refused(await admin.storage.deleteBucket('private'), 409, 'The bucket you tried to delete is not empty')
  ok(await admin.storage.emptyBucket('private'))
  ok(await admin.storage.deleteBucket('private'))
  ok(await admin.storage.emptyBucket('public'))
  ok(await admin.storage.deleteBucket('public'))
  same(ok(await admin.storage.listBuckets()), [])
})

await finish()
