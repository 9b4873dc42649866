import './base.css';

import { mount } from 'svelte';

import AppView from './components/views/AppView.svelte';
import { tauriBackend } from './lib/backend/tauri';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has the element that the app is mounted in');
mount(AppView, { target, props: { backend: tauriBackend() } });
