//! The desktop app: a window, jobs and commands around the engine. The only code that names tauri.

mod commands;
mod connections;
mod deeds;
mod demo;
mod dialogs;
mod display;
mod drafts;
mod due;
mod inside;
mod jobs;
mod plans;
mod preferences;
mod questions;
mod session;
mod shelf;
mod storage;
mod tray;
mod window;

use connections::Connections;
use drafts::Drafts;
use jobs::Jobs;
use plans::Plans;
use preferences::Preferences;
use questions::Questions;
use tauri::{AppHandle, Manager};
use tauri_plugin_window_state::StateFlags;
use tray::Tray;

/// Why the app did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The session has no display.
    #[error(
        "snapback-desktop needs a display, and neither DISPLAY nor WAYLAND_DISPLAY is set.\n\
         On the command line, `snapback` does the same things."
    )]
    NoDisplay,
    /// The app that ran until now is just ending: it answers no more, and its place is not free yet.
    #[error("Snapback is just ending. Start it again.")]
    Ending,
    /// The window system refused.
    #[error("The window could not be opened: {0}")]
    Window(tauri::Error),
}

impl From<tauri::Error> for StartError {
    fn from(error: tauri::Error) -> Self {
        match error {
            tauri::Error::PluginInitialization(plugin, _) if plugin == "single-instance" => {
                Self::Ending
            }
            other => Self::Window(other),
        }
    }
}

/// Opens the window and runs until it is closed.
///
/// # Errors
/// [`StartError`] where no window can be opened.
#[expect(
    clippy::exit,
    reason = "tauri's macro has it for assets that are broken at compile time"
)]
pub fn run() -> Result<(), StartError> {
    if display::is_missing() {
        return Err(StartError::NoDisplay);
    }
    snapback_host::logs::begin();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "the app begins");
    let questions = Questions::new();
    tauri::Builder::default()
        // First, so that a second start ends before it does anything.
        .plugin(tauri_plugin_single_instance::init(
            |app, arguments, folder| {
                window::show(app);
                window::open_archive(app, &arguments, folder.as_ref());
            },
        ))
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_opener::init())
        .plugin(
            tauri_plugin_window_state::Builder::new()
                // A window that was hidden in the tray is seen when the app is started.
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .build(),
        )
        .manage(Connections::asking(questions.who()))
        .manage(questions)
        .manage(Jobs::default())
        .manage(Plans::default())
        .manage(Drafts::default())
        .manage(Preferences::read())
        .manage(Tray::default())
        .setup(|app| {
            begin(app.handle());
            Ok(())
        })
        .on_window_event(window::on_event)
        .invoke_handler(tauri::generate_handler![
            commands::connections::connections,
            commands::connections::connect,
            commands::connections::disconnect,
            commands::connections::connection_form,
            commands::connections::save_connection,
            commands::connections::remove_connection,
            commands::connections::test_connection,
            commands::connections::read_url,
            commands::connections::write_url,
            commands::connections::find_connections,
            commands::companies::companies,
            commands::companies::contents,
            commands::protection::protection,
            commands::protection::protect_all,
            commands::protection::add_schedule,
            commands::protection::remove_schedule,
            commands::protection::install_timer,
            commands::protection::encrypt_backups,
            commands::alerts::tell_desktop,
            commands::alerts::add_alerts,
            commands::alerts::test_alerts,
            commands::alerts::remove_alerts,
            commands::places::add_place,
            commands::places::look_at_place,
            commands::places::remove_place,
            commands::places::fetch_archive,
            commands::audit::audit_trail,
            commands::audit::verify_audit,
            commands::audit::save_audit_trail,
            commands::backups::create,
            commands::library::archives,
            commands::library::archive_details,
            commands::inspect::archive_rows,
            commands::inspect::search_archive,
            commands::inspect::row_history,
            commands::library::elapsed_making,
            commands::library::unlock_archive,
            commands::library::add_archive,
            commands::library::save_copies,
            commands::library::rename_archive,
            commands::library::delete_archive,
            commands::library::show_in_folder,
            commands::export::export,
            commands::files::preview_file,
            commands::files::save_file,
            commands::handed::handed_archive,
            commands::handed::handed_details,
            commands::handed::handed_rows,
            commands::handed::search_handed,
            commands::handed::preview_handed_file,
            commands::handed::save_handed_file,
            commands::handed::unlock_handed,
            commands::verdicts::schema_stamp,
            commands::verdicts::verdicts,
            commands::doctor::examine,
            commands::doctor::clean_plan,
            commands::doctor::clean,
            commands::restore::plan,
            commands::restore::restore,
            commands::compare::compare,
            commands::plans::plan_rows,
            commands::plans::save_comparison,
            commands::plans::close_plan,
            commands::new_company::app_users,
            commands::templates::templates,
            commands::templates::save_template,
            commands::new_company::plan_new_company,
            commands::new_company::make_new_company,
            commands::new_company::forget_new_company,
            commands::review::review,
            commands::review::reviews,
            commands::review::review_changes,
            commands::review::finish_files,
            commands::review::keep,
            commands::review::keep_without_safety,
            commands::review::revert_plan,
            commands::review::revert,
            commands::review::after_steps,
            commands::review::repeat_after_steps,
            commands::dialogs::choose_safety,
            commands::dialogs::choose_archives,
            commands::dialogs::choose_copy_target,
            commands::dialogs::choose_file,
            commands::dialogs::choose_file_target,
            commands::questions::answer_question,
            commands::demo::damage,
            commands::jobs::cancel,
            commands::settings::settings,
            commands::settings::change_settings,
            commands::settings::choose_library,
            commands::settings::open_logs,
            commands::window::opened_with,
            commands::window::stop_and_quit,
            commands::window::notify,
        ])
        .run(tauri::generate_context!())?;
    Ok(())
}

/// What is done before the window shows.
fn begin(app: &AppHandle) {
    let settings = app.state::<Preferences>().settings();
    tray::set(app, settings.close_to_tray);
    Questions::begin(app);
    due::begin(app);
}
