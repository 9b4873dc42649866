/** Uploaded files, as people read of them. */

import { bytes, plural } from './format';
import type {
  ArchiveEntry,
  ArchiveFile,
  Connection,
  FileChanges,
  FilePreview,
  WireError,
} from './wire';

/** Why uploaded files cannot be had, and what a person can do about it. */
export interface FilesHeld {
  readonly reason: string;
  readonly remedy: { readonly label: string; readonly act: () => void } | null;
}

/** Refusals that other keys may mend. */
export const keyCodes = ['storage_keys_needed', 'storage_refused'];

/** Why nothing can be had from a connection's storage; null where nothing is known to stand in the way. */
export function storageHeld(
  { storage, is_saved, demo_company }: Connection,
  change: () => void,
  typeKeys: () => void,
): FilesHeld | null {
  const changing = is_saved ? { label: 'Change the connection…', act: change } : null;
  if (!storage) {
    if (is_saved) return { reason: 'This connection names no storage.', remedy: changing };
    return {
      reason: demo_company
        ? 'This demo was made before it had files.'
        : 'No storage is named (SNAPBACK_STORAGE).',
      remedy: null,
    };
  }
  if (!storage.problem) return null;
  const isAboutKeys = keyCodes.includes(storage.problem.code);
  return {
    reason: storage.problem.message,
    remedy: isAboutKeys ? { label: 'Type the keys…', act: typeKeys } : changing,
  };
}

/** Why a backup's files cannot be put back; null where they can. */
export function restoreHeld(
  archive: ArchiveEntry | undefined,
  storage: FilesHeld | null,
): FilesHeld | null {
  if (!archive || archive.file_count !== null) return storage;
  return { reason: 'This backup was made without uploaded files.', remedy: null };
}

/** "2 files changed, 1 file came back, 3 files removed"; empty where none did. */
export function filesDone({ changed, added, removed }: FileChanges): string {
  return [
    changed > 0 ? `${plural(changed, 'file')} changed` : '',
    added > 0 ? `${plural(added, 'file')} came back` : '',
    removed > 0 ? `${plural(removed, 'file')} removed` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** "12 files, 3.4 MB". */
export function filesText(files: readonly { byte_count: number }[]): string {
  const size = files.reduce((sum, { byte_count }) => sum + byte_count, 0);
  return `${plural(files.length, 'file')}, ${bytes(size)}`;
}

/** Uploaded files inside an archive, as they are looked at where a row names one. */
export interface NamedFiles {
  /** The one that a value names; null where it names none. */
  readonly find: (value: string) => ArchiveFile | null;
  /** The one that is looked at. */
  readonly chosen: ArchiveFile | null;
  /** What can be shown of it; null while it is read. */
  readonly preview: FilePreview | null;
  readonly error: WireError | null;
  readonly onlook: (file: ArchiveFile) => void;
  /** Null where whoever acts may not. */
  readonly onsave: ((file: ArchiveFile) => void) | null;
}

/** Letters of a value that may name a file. */
const LONGEST_NAME = 2_000;

/**
 * Which file a value names: by its key, by bucket and key, or by a link that ends so. Keys that are in several
 * buckets name none by themselves.
 */
export function filesByName(files: readonly ArchiveFile[]): (value: string) => ArchiveFile | null {
  const whole = new Map(files.map((file) => [`${file.bucket}/${file.key}`, file]));
  const keys = new Map<string, ArchiveFile | null>();
  for (const file of files) keys.set(file.key, keys.has(file.key) ? null : file);
  const named = (name: string): ArchiveFile | null => {
    const parts = name.split('/').filter((part, place) => part !== '' || place > 0);
    for (let from = 0; from < parts.length - 1; from += 1) {
      const found = whole.get(parts.slice(from).join('/'));
      if (found) return found;
    }
    return keys.get(parts.join('/')) ?? null;
  };
  return (value) => {
    if (files.length === 0 || value === '' || value.length > LONGEST_NAME) return null;
    const name = value.split(/[?#]/)[0] ?? '';
    return named(value) ?? named(name) ?? named(decoded(name));
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
