import { configure } from '@testing-library/svelte';

// How long a test waits for what it names: a machine that is busy with other tests is no failure.
configure({ asyncUtilTimeout: 15_000 });
