import { expect, it } from 'vitest';

import { filesByName } from './files';

const file = (bucket: string, key: string) => ({ bucket, key, byte_count: 1, content_type: null });
const drawing = file('private', 'c1/drawings/bracket 4.pdf');
const files = [drawing, file('private', 'c1/logo.png'), file('public', 'c1/logo.png')];
const find = filesByName(files);

it('a file is found by its key, by bucket and key, and by a link that ends so', () => {
  for (const value of [
    'c1/drawings/bracket 4.pdf',
    '/c1/drawings/bracket 4.pdf',
    'private/c1/drawings/bracket 4.pdf',
    '/file/preview/private/c1/drawings/bracket%204.pdf',
    'https://x.example/storage/v1/object/sign/private/c1/drawings/bracket%204.pdf?token=a/b',
  ]) {
    expect(find(value), value).toBe(drawing);
  }
});

it('a value that could be several files, or is none, names nothing', () => {
  expect(find('c1/logo.png')).toBeNull();
  expect(find('public/c1/logo.png')).toBe(files[2]);
  for (const value of ['', 'bracket 4.pdf', 'c1', '%', 'x'.repeat(3_000)]) {
    expect(find(value), value).toBeNull();
  }
  expect(filesByName([])('c1/logo.png')).toBeNull();
});
