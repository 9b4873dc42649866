/** Where uploaded files are, as a URL without keys. */

const USUAL_REGION = 'us-east-1';

/** What such a URL says. */
export interface StorageParts {
  readonly kind: 'folder' | 's3';
  readonly folder: string;
  /** Empty for AWS. */
  readonly endpoint: string;
  readonly region: string;
  /** What else it says, such as a folder's layout. */
  readonly others: readonly (readonly [string, string])[];
}

export const noStorage: StorageParts = {
  kind: 'folder',
  folder: '',
  endpoint: '',
  region: USUAL_REGION,
  others: [],
};

/** Takes a URL apart; one that cannot be read says nothing. */
export function readStorage(written: string): StorageParts {
  if (!URL.canParse(written)) return noStorage;
  const { protocol, pathname, searchParams } = new URL(written);
  const others = [...searchParams].filter(([name]) => !['endpoint', 'region'].includes(name));
  if (protocol !== 's3:') return { ...noStorage, folder: decodeURIComponent(pathname), others };
  return {
    ...noStorage,
    kind: 's3',
    endpoint: searchParams.get('endpoint') ?? '',
    region: searchParams.get('region') ?? USUAL_REGION,
    others,
  };
}

/** Puts a URL together. What belongs to the other kind of storage is left away. */
export function writeStorage({ kind, folder, endpoint, region, others }: StorageParts): string {
  const belongs = others.filter(([name]) => (name === 'timeout') === (kind === 's3'));
  const said = new URLSearchParams(belongs.map(([name, value]) => [name, value]));
  if (kind === 's3') {
    if (endpoint.trim()) said.set('endpoint', endpoint.trim());
    said.set('region', region.trim() || USUAL_REGION);
    return `s3://?${said.toString()}`;
  }
  const path = folder.trim().split('/').map(encodeURIComponent).join('/');
  return `file://${path}${said.size > 0 ? `?${said.toString()}` : ''}`;
}
