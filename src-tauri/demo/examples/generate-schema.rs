//! Writes the generated files of `carbon/schema` anew.

fn main() -> std::io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("carbon/schema");
    for (name, text) in snapback_demo::carbon::ddl::files() {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
