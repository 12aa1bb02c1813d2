// Reads feeds with feedsmith and prints, for each file, what it found: node readers.mjs FILE…
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../package.json', import.meta.url))
const { parseFeed } = require('feedsmith')

for (const path of process.argv.slice(2)) {
  console.log(JSON.stringify(parseFeed(readFileSync(path, 'utf-8'))))
}
