/**
 * The licences of everything that Snapback passes on: Rust crates by cargo's own graph, npm packages by
 * what the UI depends on, and what lies in src-tauri/licences. Reads only what is installed.
 *
 * As a program it prints them as text, for the packages: `node ui/build/licences.js`.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ui = join(dirname(fileURLToPath(import.meta.url)), '..');
const top = join(ui, '..');
const programs = ['snapback-desktop', 'snapback-cli'];
const isLicence = /^(licen[cs]e|copying|notice|copyright|unlicense)/i;

/** The texts beside a package, most of which many packages share. */
function textsIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((file) => file.isFile() && isLicence.test(file.name))
    .map((file) => readFileSync(join(folder, file.name), 'utf8').trim())
    .filter((text) => text !== '');
}

function crates() {
  const host = /^host: (.*)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }))[1];
  const args = ['metadata', '--format-version', '1', '--locked', '--filter-platform', host];
  const options = {
    cwd: top,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  };
  const { packages, resolve } = JSON.parse(execFileSync('cargo', args, options));
  const byId = new Map(packages.map((one) => [one.id, one]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const waiting = packages.filter((one) => programs.includes(one.name)).map((one) => one.id);
  const seen = new Set(waiting);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const { pkg, dep_kinds } of nodes.get(id).deps) {
      const isCompiledIn = dep_kinds.some(({ kind }) => kind === null);
      if (!isCompiledIn || seen.has(pkg)) continue;
      seen.add(pkg);
      waiting.push(pkg);
    }
  }
  return [...seen]
    .map((id) => byId.get(id))
    .filter((one) => one.source !== null)
    .map((one) => ({
      name: one.name,
      version: one.version,
      kind: 'Rust crate',
      licence: one.license ?? 'see its text',
      texts: textsIn(dirname(one.manifest_path)),
    }));
}

function npmPackages() {
  const read = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // Svelte's compiler leaves its runtime in the UI; what the compiler itself needs stays behind.
  const waiting = [...Object.keys(read(ui).dependencies), 'svelte'];
  const found = new Map();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const folder = join(ui, 'node_modules', name);
    if (found.has(name) || !existsSync(folder)) continue;
    const { version, license, dependencies = {} } = read(folder);
    const licence = license ?? 'see its text';
    found.set(name, { name, version, kind: 'npm package', licence, texts: textsIn(folder) });
    if (name !== 'svelte') waiting.push(...Object.keys(dependencies));
  }
  return [...found.values()];
}

/** The demo's server and the libraries beside it; their texts are named like their rows in README.md. */
const server = [
  ['PostgreSQL server', '18', 'PostgreSQL', 'PostgreSQL'],
  ['ICU', '60', 'Unicode', 'ICU'],
  ['liblzma', '5', 'public domain'],
  ['libxml2', '2', 'MIT', 'libxml2'],
  ['libxslt', '1', 'MIT', 'libxslt'],
  ['OpenSSL', '1.1', 'OpenSSL and SSLeay', 'OpenSSL'],
  ['OSSP uuid', '1.6', 'MIT style', 'OSSP-uuid'],
  ['zlib', '1.2', 'Zlib', 'zlib'],
];

function shipped() {
  const folder = join(top, 'src-tauri/licences');
  const textOf = (file) => [readFileSync(join(folder, `${file}.txt`), 'utf8').trim()];
  return server.map(([name, version, licence, file]) => ({
    name,
    version,
    kind: 'demo database',
    licence,
    texts: file === undefined ? [] : textOf(file),
  }));
}

/** Every package with the numbers of its texts, and the texts, each once. */
export function licences() {
  const numbers = new Map();
  const number = (text) => {
    if (!numbers.has(text)) numbers.set(text, numbers.size);
    return numbers.get(text);
  };
  const packages = [...shipped(), ...npmPackages(), ...crates()]
    .sort((a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'))
    .map((one) => ({ ...one, texts: one.texts.map(number) }));
  return { packages, texts: [...numbers.keys()] };
}

/** Has `import('virtual:licences')` load them. They are collected when somebody imports them. */
export function licencesPlugin() {
  const name = 'virtual:licences';
  return {
    name: 'snapback-licences',
    resolveId: (id) => (id === name ? `\0${name}` : null),
    load: (id) => (id === `\0${name}` ? `export default ${JSON.stringify(licences())}` : null),
  };
}

function asText({ packages, texts }) {
  const list = packages.map(
    ({ name, version, kind, licence, texts }) =>
      `${name} ${version} (${kind}): ${licence}${texts.map((text) => ` [${text + 1}]`).join('')}`,
  );
  const numbered = texts.map((text, at) => `[${at + 1}]\n\n${text}`);
  return `${list.join('\n')}\n\n${numbered.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(asText(licences()));
}
