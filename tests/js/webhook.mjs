// Asks the library of Standard Webhooks whether a request is signed as it should be.
import { Webhook } from 'standardwebhooks'

let text = ''
for await (const part of process.stdin) text += part
const { secret, body, headers } = JSON.parse(text)
new Webhook(secret.replace(/^whsec_/, '')).verify(body, headers)
console.log('good')
