// One large upload by the reference client of TUS, which says "at N" at some places of
// the file and goes on when a line comes in. Whoever runs it kills the server, or this
// process, meanwhile. It resumes an upload that it finds in the folder STATE.
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Transform } from 'node:stream'
import * as tus from 'tus-js-client'

const { PLINTH_URL, PLINTH_SECRET, FILE, STATE, STOPS, CHUNK } = process.env
const size = statSync(FILE).size
const stops = STOPS.split(',').map(Number)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

// slice is a piece of the file that stops where it shall.
function slice(start, end) {
  let at = start
  const out = new Transform({
    async transform(chunk, _, done) {
      at += chunk.length
      if (at >= stops[0]) {
        process.stdout.write(`at ${stops.shift()}\n`)
        await lines.next()
      }
      done(null, chunk)
    },
  })
  out.size = end - start // the client counts on it
  return createReadStream(FILE, { start, end: end - 1, highWaterMark: 256 * 1024 }).on('error', (err) => out.destroy(err)).pipe(out)
}

const fileReader = {
  openFile: async () => ({
    size,
    slice: async (start, end) => ({ value: slice(start, Math.min(end, size)), done: end >= size }),
    close() {},
  }),
}

const upload = new tus.Upload({}, {
  endpoint: `${PLINTH_URL}/storage/v1/upload/resumable`, fileReader, uploadSize: size,
  chunkSize: CHUNK ? Number(CHUNK) : Infinity,
  retryDelays: Array.from({ length: 200 }, () => 100),
  headers: { apikey: PLINTH_SECRET },
  metadata: { bucketName: 'public', objectName: 'big', contentType: 'application/octet-stream' },
  urlStorage: new tus.FileUrlStorage(STATE), fingerprint: async () => 'big',
  onAfterResponse: (req, res) => {
    if (req.getMethod() === 'HEAD' && res.getHeader('Upload-Offset')) process.stdout.write(`resumed ${res.getHeader('Upload-Offset')}\n`)
  },
  onError: (err) => {
    console.error(String(err))
    process.exit(1)
  },
  onSuccess: () => process.stdout.write('done\n', () => process.exit(0)),
})

if (existsSync(STATE)) {
  const [before] = await upload.findPreviousUploads()
  if (before) upload.resumeFromPreviousUpload(before)
}
upload.start()
