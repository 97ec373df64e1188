// Two windows of the chat, each a Chromium of its own: what one says, both show.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { assert, env, same, step } from './lib.mjs'

const dirs = []
const windows = []

async function open() {
  const dir = mkdtempSync(join(tmpdir(), 'plinth-chromium-'))
  dirs.push(dir)
  const browser = await chromium.launchPersistentContext(dir, {
    executablePath: process.env.PLINTH_CHROMIUM,
    headless: true,
    viewport: { width: 400, height: 500 },
    deviceScaleFactor: 2,
    colorScheme: 'light',
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
  windows.push(browser)
  const page = browser.pages()[0] ?? await browser.newPage()
  page.faults = []
  page.on('pageerror', (err) => page.faults.push(String(err)))
  page.on('console', (line) => line.type() === 'error' && page.faults.push(line.text()))
  return page
}

async function enter(page, name) {
  await page.goto(env.url)
  await page.fill('#name', name)
  await page.click('#enter button')
  await page.waitForSelector('body[data-status=SUBSCRIBED]', { timeout: 60_000 })
}

async function say(page, text) {
  await page.fill('#body', text)
  await page.click('#say button')
}

const shows = (page, text) => page.getByText(text, { exact: true }).first().waitFor({ timeout: 60_000 })
const talk = (page) => page.$$eval('#messages li', (all) => all.map((li) => [li.children[0].textContent.split(' · ')[0], li.children[1].textContent]))

const [left, right] = await step('two windows open', () => Promise.all([open(), open()]))

await step('both people enter', () => Promise.all([enter(left, 'Ann'), enter(right, 'Bob')]))

await step('the room has its welcome', () => Promise.all([left, right].map((page) => shows(page, 'Welcome. Open a second window and say hello.'))))

await step('what Ann says, Bob reads', async () => {
  await say(left, 'Hello, is somebody there?')
  await shows(right, 'Hello, is somebody there?')
})

await step('what Bob says, Ann reads', async () => {
  await say(right, 'Yes! I am on the other phone.')
  await shows(left, 'Yes! I am on the other phone.')
  await say(left, 'One binary between us.')
  await shows(right, 'One binary between us.')
})

const said = await step('both windows show the same', async () => {
  const [a, b] = await Promise.all([talk(left), talk(right)])
  same(a, b)
  same(a.slice(1), [['Ann', 'Hello, is somebody there?'], ['Bob', 'Yes! I am on the other phone.'], ['Ann', 'One binary between us.']])
  return a
})

await step('a reload keeps the person and the talk', async () => {
  await right.reload()
  await right.waitForSelector('body[data-status=SUBSCRIBED]', { timeout: 60_000 })
  same(await right.textContent('#me'), 'Bob')
  await shows(right, 'One binary between us.')
})

await step('no page complained', async () => {
  same([...left.faults, ...right.faults], [])
  assert.equal(await left.isVisible('#error'), false)
})

if (process.env.PLINTH_PICTURE) {
  await step('picture', async () => {
    const shots = await Promise.all([left, right].map((page) => page.screenshot()))
    const frame = await windows[0].newPage()
    await frame.setViewportSize({ width: 880, height: 552 })
    const images = shots.map((shot) => `<img src="data:image/png;base64,${shot.toString('base64')}">`).join('')
    await frame.setContent(`<style>
      body { margin: 0; height: 552px; display: flex; gap: 24px; align-items: center; justify-content: center; background: #eef1f5 }
      img { width: 400px; height: 500px; border-radius: 14px; box-shadow: 0 6px 24px #0003 }
    </style>${images}`)
    await frame.screenshot({ path: process.env.PLINTH_PICTURE })
  })
}

await Promise.all(windows.map((browser) => browser.close()))
for (const dir of dirs) rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
process.stdout.write(JSON.stringify({ said }) + '\n', () => process.exit(0))
