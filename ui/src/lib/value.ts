/** Values of rows as people write them. The exact text stays with them, for hovering and copying. */

import type { FieldChange, ValueKind } from './wire';

const TIME =
  /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?)(?:(Z|[+-]\d{2})(?::?(\d{2}))?)?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** All of a decimal's digits, its thousands grouped; what is no decimal stays as it is. */
export function decimal(text: string, fewest = 0): string {
  const parts = DECIMAL.exec(text);
  if (!parts) return text;
  const [, sign = '', whole = '', fraction = ''] = parts;
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const digits = fraction.padEnd(fewest, '0');
  return `${sign === '-' ? '−' : ''}${grouped}${digits ? `.${digits}` : ''}`;
}

function day(time: Date): string {
  return time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

function date(text: string): string {
  if (!DAY.test(text)) return text;
  const found = new Date(`${text}T00:00:00`);
  return Number.isNaN(found.getTime()) ? text : day(found);
}

function moment(text: string): string {
  const parts = TIME.exec(text);
  if (!parts) return text;
  const [, on = '', at = '', zone, minutes = '00'] = parts;
  // Without a zone the application means its own clock, and so that is what is shown.
  const offset = zone === undefined ? '' : zone === 'Z' ? 'Z' : `${zone}:${minutes}`;
  const found = new Date(`${on}T${at}${offset}`);
  if (Number.isNaN(found.getTime())) return text;
  const clock = found.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return `${day(found)}, ${clock}`;
}

/** A value as people write it. */
export function written(text: string, kind: ValueKind | undefined, currency?: string): string {
  switch (kind) {
    case 'money':
      return currency && DECIMAL.test(text) ? `${decimal(text, 2)} ${currency}` : decimal(text, 2);
    case 'number':
      return decimal(text);
    case 'date':
      return date(text);
    case 'time':
      return moment(text);
    case 'truth':
      return text === 't' ? 'yes' : text === 'f' ? 'no' : text;
    default:
      return text;
  }
}

/** One side of a field: what is shown, and exactly what is in the row. */
export interface Side {
  shown: string;
  exact: string;
}

/** Both sides of a field, `null` where nothing is there; never both alike. */
export function sides(field: FieldChange, currency?: string): [Side | null, Side | null] {
  const side = (value: string | null, name: string | undefined): Side | null =>
    value === null ? null : { shown: name ?? written(value, field.kind, currency), exact: value };
  const old = side(field.old, field.old_name);
  const next = side(field.new, field.new_name);
  if (!old || !next || old.shown !== next.shown) return [old, next];
  // What differs only in how it is written has to show that.
  return [
    { shown: old.exact, exact: old.exact },
    { shown: next.exact, exact: next.exact },
  ];
}
