// Uploads that can be resumed, by the reference client of TUS. The project is that of
// storage.mjs. Every extension is used as the client uses it; what it cannot do by
// itself (checksums) goes into its requests by its own hooks.
import { createCipheriv, createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import * as tus from 'tus-js-client'
import { assert, client, env, finish, ok, same, step } from './lib.mjs'

const admin = client(env.secret)
const ann = client()
const endpoint = `${env.url}/storage/v1/upload/resumable`

const { id, token } = await step('a user and a bucket', async () => {
  const { user, session } = ok(await ann.auth.signUp({ email: `tus${Date.now()}@example.com`, password: 'correct horse' }))
  ok(await admin.storage.createBucket('private'))
  return { id: user.id, token: session.access_token }
})

// data is bytes that differ everywhere.
function data(size) {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(size))
}

const chunkSize = 6 * 1024 * 1024 // what the hosted service asks for

// upload runs one to its end. The promise is that of the Upload.
function upload(body, name, options = {}) {
  return new Promise((resolve, reject) => {
    const up = new tus.Upload(body, {
      endpoint, retryDelays: [0, 100, 500], chunkSize,
      headers: { authorization: `Bearer ${token}`, apikey: env.key },
      metadata: { bucketName: 'private', objectName: `${id}/${name}`, contentType: 'application/x-test', cacheControl: '60', metadata: JSON.stringify({ by: 'tus' }) },
      ...options,
      onError: reject,
      onSuccess: () => resolve(up),
    })
    options.begin ? options.begin(up) : up.start()
  })
}

const path = (name) => `${id}/${name}`
async function holds(name, body) {
  const got = Buffer.from(await ok(await ann.storage.from('private').download(path(name))).arrayBuffer())
  same([got.length, got.equals(body)], [body.length, true])
}

await step('in chunks', async () => {
  const body = data(13 * 1024 * 1024 + 7)
  await upload(body, 'chunks')
  await holds('chunks', body)
  const info = ok(await ann.storage.from('private').info(path('chunks')))
  same([info.contentType, info.cacheControl, info.metadata], ['application/x-test', 'max-age=60', { by: 'tus' }])
})

await step('in one request, which creates and uploads', async () => {
  const body = data(100_000)
  const methods = []
  await upload(body, 'creation', { uploadDataDuringCreation: true, onBeforeRequest: (req) => methods.push(req.getMethod()) })
  same(methods, ['POST'])
  await holds('creation', body)
})

await step('without a length', async () => {
  const body = data(7 * 1024 * 1024)
  await upload(Readable.from([body.subarray(0, 5_000_000), body.subarray(5_000_000)]), 'deferred', { uploadLengthDeferred: true })
  await holds('deferred', body)
})

await step('nothing at all', async () => {
  await upload(Buffer.alloc(0), 'empty')
  await holds('empty', Buffer.alloc(0))
})

await step('in parallel, concatenated', async () => {
  const body = data(17 * 1024 * 1024)
  await upload(body, 'parallel', {
    parallelUploads: 3,
    metadataForPartialUploads: { bucketName: 'private', objectName: `${id}/parallel` },
  })
  await holds('parallel', body)
})

await step('with checksums, good and bad', async () => {
  const body = data(50_000)
  const sum = (b) => `sha1 ${createHash('sha1').update(b).digest('base64')}`
  const withSum = (text) => ({ onBeforeRequest: (req) => req.getMethod() === 'PATCH' && req.setHeader('Upload-Checksum', text), retryDelays: null })
  const bad = await upload(body, 'checked', withSum(sum('other'))).then(() => null, (err) => err)
  same(bad.originalResponse.getStatus(), 460)
  await upload(body, 'checked', withSum(sum(body)))
  await holds('checked', body)
})

await step('what expires, and when', async () => {
  let expires
  await upload(data(10), 'expires', { onAfterResponse: (req, res) => { expires = res.getHeader('Upload-Expires') ?? expires } })
  const hours = (Date.parse(expires) - Date.now()) / 3_600_000
  assert.ok(hours > 23 && hours < 25, `Upload-Expires: ${expires}`)
})

// stopping aborts an upload once a chunk has arrived.
function stopping(name, options, terminate) {
  return new Promise((resolve, reject) => {
    const up = new tus.Upload(data(13 * 1024 * 1024), {
      endpoint, chunkSize, retryDelays: null,
      headers: { authorization: `Bearer ${token}` },
      metadata: { bucketName: 'private', objectName: path(name) },
      ...options,
      onError: reject,
      onChunkComplete: () => up.abort(terminate).then(() => resolve(up), reject),
    })
    up.start()
  })
}

await step('termination', async () => {
  const up = await stopping('terminated', {}, true)
  const res = await fetch(up.url, { method: 'HEAD', headers: { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0' } })
  same(res.status, 404)
})

await step('a client that comes back the next day', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tus-'))
  const options = { urlStorage: new tus.FileUrlStorage(join(dir, 'urls.json')), fingerprint: async () => 'the same file', metadata: { bucketName: 'private', objectName: path('resumed') } }
  await stopping('resumed', options, false)
  const body = data(13 * 1024 * 1024)
  const offsets = []
  await upload(body, 'resumed', {
    ...options,
    onBeforeRequest: (req) => req.getMethod() === 'PATCH' && offsets.push(Number(req.getHeader('Upload-Offset'))),
    begin: async (up) => {
      const [before] = await up.findPreviousUploads()
      up.resumeFromPreviousUpload(before)
      up.start()
    },
  })
  assert.ok(offsets[0] >= chunkSize, `it went on at ${offsets}`)
  await holds('resumed', body)
  rmSync(dir, { recursive: true })
})

await step('a stranger with a signed URL', async () => {
  const body = data(7 * 1024 * 1024)
  const { token: signature } = ok(await ann.storage.from('private').createSignedUploadUrl(path('signed')))
  const signed = (name, sig) => upload(body, name, { endpoint: `${endpoint}/sign`, headers: { 'x-signature': sig }, retryDelays: null })
  await signed('signed', signature)
  await holds('signed', body)
  for (const [name, sig, status] of [['other', signature, 400], ['signed', signature.slice(0, -3), 400], ['signed', '', 400], ['signed', signature, 409]]) {
    const err = await signed(name, sig).then(() => null, (e) => e)
    same([name, err?.originalResponse?.getStatus()], [name, status])
  }
})

await step('what policies forbid', async () => {
  for (const [options, status] of [[{ metadata: { bucketName: 'private', objectName: 'somebody/else' } }, 403], [{ metadata: { bucketName: 'none', objectName: path('x') } }, 404], [{ headers: {} }, 403]]) {
    const err = await upload(data(10), 'x', { ...options, retryDelays: null }).then(() => null, (e) => e)
    same(err?.originalResponse?.getStatus(), status)
  }
})

await finish()
