// An upload of the reference client of TUS that begins at one node, is broken off after
// its first part, and goes on at another; a third one has the file. The project is that of
// storage.mjs.
import { createCipheriv } from 'node:crypto'
import * as tus from 'tus-js-client'
import { client, env, finish, ok, same, step } from './lib.mjs'

const [one, two, three] = process.env.PLINTH_NODES.split(',')
const admin = client(env.secret)
const chunkSize = 6 * 1024 * 1024
const body = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(2 * chunkSize + 1000))
const options = {
  chunkSize, retryDelays: [0, 200, 1000], headers: { authorization: `Bearer ${env.secret}`, apikey: env.secret },
  metadata: { bucketName: 'nodes', objectName: 'big', contentType: 'application/x-test' },
}

await step('a bucket', async () => ok(await admin.storage.createBucket('nodes', { public: true })))

const url = await step('the first part at one node', () => new Promise((resolve, reject) => {
  const up = new tus.Upload(body, {
    ...options, endpoint: `${one}/storage/v1/upload/resumable`, onError: reject,
    onChunkComplete: () => up.abort().then(() => resolve(up.url), reject),
  })
  up.start()
}))

await step('the rest at another', () => new Promise((resolve, reject) => {
  let first = true
  const up = new tus.Upload(body, {
    ...options, uploadUrl: url.replace(new URL(url).origin, two), onError: reject, onSuccess: resolve,
    onChunkComplete: (size, offset) => { if (first) { first = false; same(offset > size, true, 'it begins anew') } },
  })
  up.start()
}))

await step('the whole at the third', async () => {
  const res = await fetch(`${three}/storage/v1/object/public/nodes/big`)
  same([res.status, Buffer.from(await res.arrayBuffer()).equals(body)], [200, true])
  ok(await admin.storage.emptyBucket('nodes'))
  ok(await admin.storage.deleteBucket('nodes'))
})

finish()
