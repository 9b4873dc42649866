//! The committed schema is the one that the generator writes.

use snapback_demo::carbon::ddl;

#[test]
fn the_committed_schema_is_fresh() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("carbon/schema");
    for (name, text) in ddl::files() {
        let committed = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            committed == text,
            "{name} is stale: run `cargo run -p snapback-demo --example generate-schema`"
        );
    }
}

/// A test image is found by a checksum over what made it; a source that is left out would leave
/// stale images in use.
#[test]
fn whatever_makes_rows_is_part_of_an_images_name() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let image = std::fs::read_to_string(source.join("image.rs")).unwrap_or_default();
    for folder in ["data", "data/story"] {
        for entry in std::fs::read_dir(source.join(folder)).expect("the sources are there") {
            let name = entry.expect("the sources can be read").file_name();
            let name = format!("{folder}/{}", name.to_string_lossy());
            let decides = name.ends_with(".rs") && name != "data/mod.rs";
            assert!(
                !decides || image.contains(&format!("include_str!(\"{name}\")")),
                "{name}"
            );
        }
    }
}
