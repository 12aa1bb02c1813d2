// Prints what a reader finds in a feed: node readers.mjs feedsmith|rss-parser FILE
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../package.json', import.meta.url))
const [, , reader, path] = process.argv
const text = readFileSync(path, 'utf-8')

if (reader === 'feedsmith') {
  const { parseFeed } = require('feedsmith')
  console.log(JSON.stringify(parseFeed(text)))
} else {
  const Parser = require(reader)
  console.log(JSON.stringify(await new Parser().parseString(text)))
}
