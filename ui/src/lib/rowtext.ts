/** One row as text for other programs, exact to the last digit. */

import type { ArchiveColumn } from './wire';

type Columns = readonly Pick<ArchiveColumn, 'name' | 'type_name' | 'kind'>[];
type Values = readonly (string | null)[];

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

function csvField(value: string | null): string {
  if (value === null) return '';
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Names and values as CSV (RFC 4180): NULL is an empty field, an empty text one in quotes. */
export function asCsv(columns: Columns, values: Values): string {
  const names = columns.map(({ name }) => csvField(name)).join(',');
  return `${names}\r\n${values.map(csvField).join(',')}\r\n`;
}

function jsonValue(value: string | null, kind: ArchiveColumn['kind']): string {
  if (value === null) return 'null';
  // Numbers and documents stay as they are written: read and written again they might lose digits.
  if ((kind === 'number' || kind === 'money') && NUMBER.test(value)) return value;
  if (kind === 'document') return value;
  if (kind === 'truth') return value === 't' ? 'true' : 'false';
  return JSON.stringify(value);
}

/** The row as one JSON object. */
export function asJson(columns: Columns, values: Values): string {
  const fields = columns.map(
    ({ name, kind }, place) =>
      `  ${JSON.stringify(name)}: ${jsonValue(values[place] ?? null, kind)}`,
  );
  return `{\n${fields.join(',\n')}\n}\n`;
}

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (value: string | null) =>
  value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`;

/** The row as a statement that inserts it; `table` is written `schema.name`. */
export function asInsert(table: string, columns: Columns, values: Values): string {
  const [schema = '', ...name] = table.split('.');
  const into = `${identifier(schema)}.${identifier(name.join('.'))}`;
  const names = columns.map(({ name }) => identifier(name)).join(', ');
  return `INSERT INTO ${into} (${names})\nVALUES (${values.map(literal).join(', ')});\n`;
}

/** JSON with a line for each of its parts, its numbers and texts as they are written. */
export function unfolded(json: string): string {
  let shown = '';
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g)) {
    if (token === '{' || token === '[') {
      depth += 1;
      shown += token + line();
    } else if (token === '}' || token === ']') {
      depth = Math.max(0, depth - 1);
      const isEmpty = /[[{]\s*$/.test(shown);
      shown = (isEmpty ? shown.trimEnd() : shown + line()) + token;
    } else if (token === ',') shown += token + line();
    else shown += token === ':' ? ': ' : token;
  }
  return shown;
}
