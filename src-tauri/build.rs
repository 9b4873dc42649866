//! Compiles the window's configuration, icons and capabilities into the app.

fn main() {
    // With a pattern of our own tauri-build does not watch the folder itself: without this line an
    // edited capability would silently not be compiled in.
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    tauri_build::try_build(
        tauri_build::Attributes::new().capabilities_path_pattern("src-tauri/capabilities/**/*"),
    )
    .expect("tauri.conf.json, the icons and src-tauri/capabilities describe a valid app");
}
