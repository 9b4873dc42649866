import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

import svelteConfig from './svelte.config.js';

/** Who may import whom; the folders' names state the rule, this makes it hold. */
const tauri = {
  group: ['@tauri-apps/*'],
  message: 'Only lib/backend/tauri.ts speaks to Tauri: use the Backend interface.',
};
const realBackend = {
  regex: 'backend/(tauri|fake)$',
  message: 'Only main.ts and tests choose a backend: use the Backend interface.',
};
const backend = {
  regex: 'lib/(backend|wire)(/|$)',
  message: 'components/shared is only look: hand it plain values.',
};
const views = {
  regex: 'components/views(/|$)',
  message: 'Views compose domains; nothing below imports them.',
};
const domains = [
  'backups',
  'companies',
  'connections',
  'doctor',
  'jobs',
  'restore',
  'review',
  'settings',
];

function restrict(...patterns) {
  return { 'no-restricted-imports': ['error', { patterns }] };
}

export default ts.config(
  { ignores: ['dist/', 'src/lib/wire/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: globals.browser },
    rules: { eqeqeq: 'error', 'no-console': 'error' },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
  },
  { files: ['*.config.*', 'build/**'], languageOptions: { globals: globals.node } },
  { files: ['src/**'], rules: restrict(tauri, realBackend) },
  { files: ['src/lib/backend/tauri.ts'], rules: restrict() },
  { files: ['src/main.ts', 'src/**/*.test.ts'], rules: restrict(tauri) },
  {
    files: ['src/components/shared/**'],
    ignores: ['**/*.test.ts'],
    rules: restrict(tauri, backend, views, {
      regex: `components/(${domains.join('|')})(/|$)|\\.\\./(${domains.join('|')})/`,
      message: 'components/shared knows no domain.',
    }),
  },
  ...domains.map((domain) => ({
    files: [`src/components/${domain}/**`],
    ignores: ['**/*.test.ts'],
    rules: restrict(tauri, realBackend, views, {
      regex: `(components|\\.\\.)/(${domains.filter((other) => other !== domain).join('|')})/`,
      message: 'A domain folder does not import another: compose them in a view.',
    }),
  })),
);
