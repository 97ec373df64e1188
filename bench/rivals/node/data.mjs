// The rows that every server of the benchmark holds; bench/target/data.go makes the
// same.
import { hashPassword } from './chat.mjs'

const hex = (n, width) => n.toString(16).padStart(width, '0')
export const messageID = (room, n) => `${hex(room, 8)}-0000-4000-8000-${hex(n, 12)}`
export const userID = (n) => `00000000-0000-4000-9000-${hex(n, 12)}`

export async function data(sizes) {
  const password = await hashPassword('a long password')
  const users = [...Array(11).keys()].map((n) => ({ id: userID(n), email: `user${n}@example.com`, password, name: `User ${n}` }))
  const rooms = sizes.map((_, i) => ({ id: i + 1, name: `Room ${i + 1}` }))
  const members = rooms.flatMap((r) => users.map((u, n) => ({ room_id: r.id, user_id: u.id, role: n === 0 ? 'owner' : 'member' })))
  function* messages() {
    for (const [i, size] of sizes.entries()) {
      for (let n = 0; n < size; n++) {
        yield {
          id: messageID(i + 1, n), room_id: i + 1, author_id: userID(1 + (n % 10)),
          body: `message number ${n}, about as long as a message in a chat usually is`,
          created_at: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
        }
      }
    }
  }
  return { users, rooms, members, messages }
}
