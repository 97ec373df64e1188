// Many writers on the official client. Each insert is two rows of one batch; the
// number of every acknowledged batch is printed on a line of its own. It ends when
// the server does.
import { client, ok } from './lib.mjs'

const db = client()
ok(await db.auth.signUp({ email: `w${process.argv[2]}@example.com`, password: 'correct horse' }))
let next = Number(process.argv[2]) * 1_000_000

async function writer() {
  for (;;) {
    const batch = next++
    const { error } = await db.from('entries').insert([{ batch, half: 1 }, { batch, half: 2 }])
    if (error) return
    process.stdout.write(`${batch}\n`)
  }
}

await Promise.all(Array.from({ length: 16 }, writer))
process.exit(0)
