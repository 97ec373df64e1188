// Compiles or parses generated types: node check.mjs DIR. DIR holds use.ts, which
// imports types.ts, and types.dart, types.swift, types.kt. Faults go to stdout, a line
// each; none means that all is well.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { Language, Parser } from 'web-tree-sitter'

const dir = process.argv[2]
const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)

const program = ts.createProgram([join(dir, 'use.ts')], {
  strict: true, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler, types: [], baseUrl: here,
  paths: { '@supabase/supabase-js': [join(here, 'node_modules/@supabase/supabase-js')] },
})
for (const d of ts.getPreEmitDiagnostics(program)) {
  const at = d.file ? d.file.getLineAndCharacterOfPosition(d.start).line + 1 : 0
  console.log(`typescript ${d.file?.fileName.split('/').pop()}:${at}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`)
}

await Parser.init()
for (const [language, file] of [['dart', 'types.dart'], ['swift', 'types.swift'], ['kotlin', 'types.kt']]) {
  const parser = new Parser()
  parser.setLanguage(await Language.load(require.resolve(`tree-sitter-wasms/out/tree-sitter-${language}.wasm`)))
  const text = readFileSync(join(dir, file), 'utf8')
  const faults = []
  const walk = (n) => {
    if (n.type === 'ERROR' || n.isMissing) faults.push(n)
    else if (n.hasError) n.children.forEach(walk)
  }
  walk(parser.parse(text).rootNode)
  for (const n of faults.slice(0, 5)) {
    console.log(`${language} ${file}:${n.startPosition.row + 1}: ${text.split('\n')[n.startPosition.row]}`)
  }
}
