// node seed.mjs STORE SIZE… fills a database with rooms of these sizes.
import { data } from './data.mjs'

const store = await import(`./${process.argv[2]}.mjs`)
await store.seed(await data(process.argv.slice(3).map(Number)))
process.exit(0)
