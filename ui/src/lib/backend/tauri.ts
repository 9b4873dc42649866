import { Channel, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWebview } from '@tauri-apps/api/webview';
import { getCurrentWindow } from '@tauri-apps/api/window';

import type {
  Backend,
  Database,
  Drag,
  Ended,
  Handed,
  Job,
  JobEvent,
  OnEvent,
  WindowRequest,
  WireError,
} from './backend';

/** Starts a command that reports through a channel and ends exactly once. */
function start<Report>(command: string, args: Record<string, unknown>, on: OnEvent): Job<Report> {
  const id = crypto.randomUUID();
  const channel = new Channel<JobEvent<Report>>();
  const end = new Promise<Ended<Report>>((resolve) => {
    channel.onmessage = (event) => {
      switch (event.event) {
        case 'completed':
        case 'cancelled':
        case 'failed':
          resolve(event);
          break;
        default:
          on(event);
      }
    };
    invoke(command, { ...args, job: id, channel }).catch((error: unknown) => {
      resolve({ event: 'failed', data: error as WireError });
    });
  });
  return {
    id,
    end,
    cancel() {
      void invoke('cancel', { job: id });
    },
  };
}

function database(connection: string): Database {
  const ask = <Answer>(command: string, args: Record<string, unknown> = {}) =>
    invoke<Answer>(command, { ...args, connection });
  const begin = <Report>(command: string, args: Record<string, unknown>, on: OnEvent) =>
    start<Report>(command, { ...args, connection }, on);
  return {
    companies: () => ask('companies'),
    protection: () => ask('protection'),
    protectAll: () => ask('protect_all'),
    addSchedule: (wanted) => ask('add_schedule', { wanted }),
    addPlace: (address, keys) => ask('add_place', { address, keys }),
    lookAtPlace: (number) => ask('look_at_place', { number }),
    removePlace: (number) => ask('remove_place', { number }),
    fetchArchive: (number, file, on) => begin('fetch_archive', { number, file }, on),
    removeSchedule: (number) => ask('remove_schedule', { number }),
    installTimer: () => ask('install_timer'),
    encryptBackups: (sheet) => ask('encrypt_backups', { sheet }),
    tellDesktop: () => ask('tell_desktop'),
    addAlerts: (address, password) => ask('add_alerts', { address, password }),
    testAlerts: (number) => ask('test_alerts', { number }),
    removeAlerts: (number) => ask('remove_alerts', { number }),
    contents: (company) => ask('contents', { company }),
    archives: () => ask('archives'),
    review: (company) => ask('review', { company }),
    reviews: () => ask('reviews'),
    create: (company, label, corrupted, include, on) =>
      begin('create', { company, label, corrupted, include }, on),
    archiveDetails: (archive) => ask('archive_details', { archive }),
    archiveRows: (archive, table, query) => ask('archive_rows', { archive, table, query }),
    searchArchive: (archive, text) => ask('search_archive', { archive, text }),
    rowHistory: (company, row) => ask('row_history', { company, row }),
    previewFile: (archive, bucket, key) => ask('preview_file', { archive, bucket, key }),
    saveFile: (archive, bucket, key, target, on) =>
      begin('save_file', { archive, bucket, key, target }, on),
    exportRows: (company, archive, wanted, target, on) =>
      begin('export', { company, archive, wanted, target }, on),
    saveTemplate: (archive, wanted, on) => begin('save_template', { archive, wanted }, on),
    elapsedMaking: (archive) => ask('elapsed_making', { archive }),
    unlockArchive: (path, passphrase) => ask('unlock_archive', { path, passphrase }),
    addArchive: (path, on) => begin('add_archive', { path }, on),
    saveCopies: (archives, target, on) => begin('save_copies', { archives, target }, on),
    renameArchive: (archive, name) => ask('rename_archive', { archive, name }),
    deleteArchive: (archive) => ask('delete_archive', { archive }),
    showInFolder: (archive) => ask('show_in_folder', { archive }),
    schemaStamp: () => ask('schema_stamp'),
    verdicts: (company, archives) => ask('verdicts', { company, archives }),
    examine: (company, on) => begin('examine', { company }, on),
    cleanPlan: (company, on) => begin('clean_plan', { company }, on),
    clean: (company, consent, on) => begin('clean', { company, consent }, on),
    plan: (company, archive, include, selection, on) =>
      begin('plan', { company, wanted: { archive, include, selection, sign_out: false } }, on),
    restore: (company, archive, include, selection, signOut, consent, on) =>
      begin(
        'restore',
        { company, wanted: { archive, include, selection, sign_out: signOut }, consent },
        on,
      ),
    finishFiles: (company, on) => begin('finish_files', { company }, on),
    compare: (company, from, to, on) => begin('compare', { company, from, to }, on),
    saveComparison: (plan, form, target, on) =>
      start('save_comparison', { plan, form, target }, on),
    rows: (plan, table, only, offset, limit) =>
      invoke('plan_rows', { plan, table, only, offset, limit }),
    closePlan: (plan) => invoke('close_plan', { plan }),
    keep: (company) => ask('keep', { company }),
    keepWithoutSafety: (company) => ask('keep_without_safety', { company }),
    chooseSafety: () => invoke('choose_safety'),
    reviewChanges: (company, safety, on) => begin('review_changes', { company, safety }, on),
    revertPlan: (company, safety, on) => begin('revert_plan', { company, safety }, on),
    revert: (company, consent, safety, on) => begin('revert', { company, consent, safety }, on),
    afterSteps: () => ask('after_steps'),
    repeatAfterSteps: (company) => ask('repeat_after_steps', { company }),
    appUsers: () => ask('app_users'),
    templates: () => ask('templates'),
    planNewCompany: (source, request, on) => begin('plan_new_company', { source, request }, on),
    makeNewCompany: (plan, on) => start('make_new_company', { plan }, on),
    forgetNewCompany: (plan) => invoke('forget_new_company', { plan }),
    damage: () => ask('damage'),
  };
}

const handed: Handed = {
  archive: (path) => invoke('handed_archive', { path }),
  archiveDetails: (path) => invoke('handed_details', { path }),
  archiveRows: (path, table, query) => invoke('handed_rows', { path, table, query }),
  searchArchive: (path, text) => invoke('search_handed', { path, text }),
  previewFile: (path, bucket, key) => invoke('preview_handed_file', { path, bucket, key }),
  saveFile: (path, bucket, key, target, on) =>
    start('save_handed_file', { path, bucket, key, target }, on),
  unlockArchive: (path, passphrase) => invoke('unlock_handed', { path, passphrase }),
};

function onDrag(tell: (drag: Drag) => void): () => void {
  const listening = getCurrentWebview().onDragDropEvent(({ payload }) => {
    if (payload.type === 'enter') tell({ now: 'over', paths: payload.paths });
    if (payload.type === 'drop') tell({ now: 'dropped', paths: payload.paths });
    if (payload.type === 'leave') tell({ now: 'gone' });
  });
  return () => {
    void listening.then((end) => {
      end();
    });
  };
}

/** The program behind the window. */
export function tauriBackend(): Backend {
  return {
    connections: () => invoke('connections'),
    connect: (connection, password, keys, keep) =>
      invoke('connect', { connection, password, keys, keep }),
    connectionForm: (connection) => invoke('connection_form', { connection }),
    saveConnection: (form, password, keys, keep) =>
      invoke('save_connection', { form, password, keys, keep }),
    removeConnection: (connection) => invoke('remove_connection', { connection }),
    testConnection: (form, password, keys) => invoke('test_connection', { form, password, keys }),
    answerQuestion: (number, answer) => invoke('answer_question', { number, answer }),
    readUrl: (url) => invoke('read_url', { url }),
    writeUrl: (address) => invoke('write_url', { address }),
    findConnections: (path) => invoke('find_connections', { path }),
    disconnect: (connection) => invoke('disconnect', { connection }),
    database,
    handed,
    chooseArchives: () => invoke('choose_archives'),
    chooseCopyTarget: (name) => invoke('choose_copy_target', { name }),
    chooseFile: (wanted) => invoke('choose_file', { wanted }),
    chooseFileTarget: (name) => invoke('choose_file_target', { name }),
    onDrag,
    settings: () => invoke('settings'),
    changeSettings: (settings) => invoke('change_settings', { settings }),
    chooseLibrary: () => invoke('choose_library'),
    auditTrail: () => invoke('audit_trail'),
    verifyAudit: (connection) => invoke('verify_audit', { connection }),
    saveAuditTrail: (target) => invoke('save_audit_trail', { target }),
    openLogs: () => invoke('open_logs'),
    openedWith: () => invoke('opened_with'),
    onRequest(hear) {
      const listening = listen<WindowRequest>('request', ({ payload }) => {
        hear(payload);
      });
      return () => {
        void listening.then((stop) => {
          stop();
        });
      };
    },
    notify(title, body) {
      void invoke('notify', { title, body });
    },
    close() {
      void getCurrentWindow().close();
    },
    stopAndQuit: () => invoke('stop_and_quit'),
  };
}
