/** Rows and areas of a backup that a person picks to take them back. */

import { plural } from './format';
import type { KeyPart, RowKey } from './wire';

/** A row that is picked, with what people call it. */
export interface PickedRow extends RowKey {
  readonly name: string;
  /** What people call its table. */
  readonly label: string;
}

/** An area that is picked as a whole. */
export interface PickedArea {
  readonly name: string;
  readonly title: string;
}

/** Where rows can be picked. */
export interface Picking {
  has(row: RowKey): boolean;
  toggle(row: PickedRow): void;
  hasArea(name: string): boolean;
  toggleArea(area: PickedArea): void;
}

/** By which a row is told from all others, in whatever order its key's columns come. */
export function rowId({ table, key }: RowKey): string {
  const parts = key.map(({ column, value }) => [column, value]).sort();
  return JSON.stringify([table, ...parts]);
}

/** A row's key in one line. */
export function keyText(key: readonly KeyPart[]): string {
  return key.map(({ value }) => value ?? 'NULL').join(' · ');
}

/** "2 records and 1 area". */
export function pickedText(rows: number, areas: number): string {
  return [
    ...(rows > 0 ? [plural(rows, 'record')] : []),
    ...(areas > 0 ? [plural(areas, 'area')] : []),
  ].join(' and ');
}
