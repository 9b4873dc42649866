//! What a role must be allowed for files, known before anything is touched.

use std::sync::Arc;

use snapback_engine::archive::Reader;
use snapback_engine::company::{self, Opened, Target};
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{self, Plan, RestoreReport};
use snapback_engine::{CancelToken, Code, Result};
use snapback_testkit::TestRole;

use crate::files::shop::{Kind, Shop};

impl Shop {
    /// A role that owns the application's tables and may read the rows that list files.
    async fn clerk(&mut self) -> TestRole {
        let role = self.database.role("clerk", "").await;
        let (name, database) = (&role.name, "SELECT quote_ident(current_database())");
        let database = self.database.value(database).await.unwrap();
        self.database
            .run(&format!(
                "ALTER TABLE public.company OWNER TO \"{name}\"; ALTER TABLE public.document OWNER TO \"{name}\";
                 GRANT CREATE ON DATABASE {database} TO \"{name}\";
                 GRANT USAGE ON SCHEMA storage TO \"{name}\"; GRANT SELECT ON storage.objects TO \"{name}\""
            ))
            .await;
        role
    }

    async fn open_as(&self, role: &TestRole) -> Opened {
        let target = Target {
            settings: self.database.settings_as(role),
            ..self.target()
        };
        company::open(&target, "acme").await.unwrap()
    }

    async fn plan_as(&self, role: &TestRole, reader: &Arc<Reader>) -> Plan {
        let (mut opened, options) = (self.open_as(role).await, self.options());
        let cancel = CancelToken::new();
        let plan = restore::plan(&mut opened, reader, &options, &Silent, &cancel).await;
        plan.unwrap().completed().unwrap()
    }

    async fn restore_as(&self, role: &TestRole, reader: &Arc<Reader>) -> Result<RestoreReport> {
        let (mut opened, options) = (self.open_as(role).await, self.options());
        let (library, cancel) = (&self.library, CancelToken::new());
        restore::run(&mut opened, reader, library, &options, &Silent, &cancel)
            .await?
            .completed()
    }
}

#[tokio::test]
async fn what_is_missing_on_the_rows_of_files_is_said_before_anything_is_touched() {
    let mut shop = Shop::new(Kind::Supabase).await;
    let made = shop.create().await;
    let before = shop.files().await;
    shop.overwrite("acme/invoice.pdf", b"another").await;
    let damaged = shop.files().await;
    let role = shop.clerk().await;
    let reader = Arc::new(Reader::open(&made.archive.path).unwrap());
    let missing = shop.plan_as(&role, &reader).await.rights.missing;
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert!(missing[0].what.contains("may not write storage.objects"));
    let security = "ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
        CREATE POLICY everybody ON storage.objects USING (true)";
    for (change, expected) in [
        ("SELECT 1", "may not write storage.objects"),
        (security, "hides rows of storage.objects"),
    ] {
        shop.database.run(change).await;
        let refused = shop.restore_as(&role, &reader).await.unwrap_err();
        assert_eq!(refused.code(), Code::MissingRight);
        assert!(refused.message().contains(expected), "{refused}");
        let state = "SELECT to_regnamespace('snapback')";
        assert_eq!(shop.database.value(state).await, None, "nothing was begun");
        assert_eq!(shop.files().await, damaged);
        // The line that is named is all that it takes.
        let line = refused.hint_text().unwrap();
        let line = line.strip_prefix("An administrator runs: ").unwrap();
        shop.database.run(line).await;
    }
    assert_eq!(shop.plan_as(&role, &reader).await.rights.missing, []);
    shop.restore_as(&role, &reader).await.unwrap();
    assert_eq!(shop.files().await, before);
}

#[tokio::test]
async fn a_storage_that_keeps_its_own_versions_asks_for_no_right_on_rows() {
    for kind in [Kind::Folder, Kind::S3] {
        let mut shop = Shop::new(kind).await;
        let made = shop.create().await;
        let before = shop.files().await;
        shop.overwrite("acme/invoice.pdf", b"another").await;
        let role = shop.clerk().await;
        let reader = Arc::new(Reader::open(&made.archive.path).unwrap());
        assert_eq!(shop.plan_as(&role, &reader).await.rights.missing, []);
        shop.restore_as(&role, &reader).await.unwrap();
        assert_eq!(shop.files().await, before, "{kind:?}");
    }
}
