//! Archives that somebody has put together: whole in every hash, and lying about whose rows they hold.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use snapback_engine::Code;
use snapback_engine::archive::{
    DEFAULT_LEVEL, MemberSpool, Reader, ReadmeFacts, TableEntry, Writer,
};

use crate::restore::workshop::{Workshop, later};

/// The archive written anew with the lines of one table edited.
pub(crate) fn forge(archive: &Path, table: &str, edit: impl Fn(&mut Vec<String>)) -> PathBuf {
    let reader = Reader::open(archive).unwrap();
    let mut manifest = reader.manifest().clone();
    let target = archive.with_file_name(format!("forged-{}.snapback", later()).replace(':', ""));
    let facts = ReadmeFacts {
        company: manifest.company.clone(),
        made_at: Timestamp::UNIX_EPOCH,
        tool_version: "0".to_owned(),
        application: "Workshop".to_owned(),
    };
    let writer = Writer::create(&target, &facts).unwrap();
    let folder = tempfile::tempdir().unwrap();
    manifest.tables = reader
        .manifest()
        .tables
        .iter()
        .map(|entry| {
            let mut lines = Vec::new();
            let mut rows = reader.rows(&entry.table).unwrap();
            while let Some(row) = rows.next_row().unwrap() {
                lines.push(String::from_utf8(row.to_owned()).unwrap());
            }
            if entry.table.name == table {
                edit(&mut lines);
            }
            let mut member =
                MemberSpool::for_table(&entry.table, folder.path(), DEFAULT_LEVEL).unwrap();
            for line in &lines {
                member.push_row(line.as_bytes()).unwrap();
            }
            let member = writer.append(&member.finish().unwrap()).unwrap();
            let (columns, key_columns) = (entry.columns.clone(), entry.key_columns.clone());
            TableEntry::new(
                entry.table.clone(),
                entry.area.clone(),
                entry.disposition,
                columns,
                key_columns,
                member,
            )
        })
        .collect();
    writer.seal(manifest).unwrap().publish().unwrap().0.path
}

async fn refused(table: &str, edit: impl Fn(&mut Vec<String>)) -> Code {
    refused_after("SELECT", table, edit).await
}

/// Everything of Acme's goes, so that all its rows come back.
const EMPTIED: &str = "DELETE FROM public.\"order\" WHERE \"companyId\" = 'acme'; DELETE FROM public.customer WHERE \"companyId\" = 'acme';
    DELETE FROM public.product WHERE \"companyId\" = 'acme';";

async fn refused_after(sql: &str, table: &str, edit: impl Fn(&mut Vec<String>)) -> Code {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    let forged = forge(&backup.archive.path, table, edit);
    workshop.database.run(sql).await;
    let (own, others) = (workshop.own().await, workshop.canary().await);
    let error = workshop
        .try_restore(&forged, &workshop.options())
        .await
        .unwrap_err();
    assert_eq!(
        (workshop.own().await, workshop.canary().await),
        (own, others)
    );
    error.code()
}

#[tokio::test]
async fn a_row_for_another_company_is_not_brought_in() {
    let code = refused("product", |lines| lines.push("bolt\tP-99\t1".to_owned())).await;
    assert_eq!(code, Code::OtherCompany);
}

#[tokio::test]
async fn a_row_for_another_company_does_not_come_with_those_of_an_emptied_one() {
    let edit = |lines: &mut Vec<String>| lines.push("bolt\tP-99\t1".to_owned());
    assert_eq!(
        refused_after(EMPTIED, "product", edit).await,
        Code::OtherCompany
    );
}

/// Nothing is known of a row beforehand that a trigger makes another one of.
async fn refused_by_trigger(change: &str) -> Code {
    let trigger = format!(
        "{EMPTIED} CREATE FUNCTION public.alter_product() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN IF NEW.code = 'P-3' THEN {change}; END IF; RETURN NEW; END $$;
         CREATE TRIGGER altering BEFORE INSERT ON public.product FOR EACH ROW EXECUTE FUNCTION public.alter_product();
         ALTER TABLE public.product ENABLE ALWAYS TRIGGER altering"
    );
    refused_after(&trigger, "product", |_| ()).await
}

#[tokio::test]
async fn a_row_that_a_trigger_gives_to_another_company_is_rolled_back() {
    let code = refused_by_trigger("NEW.\"companyId\" = 'bolt'; NEW.code = 'P-99'").await;
    assert_eq!(code, Code::OtherCompany);
}

#[tokio::test]
async fn rows_are_rolled_back_of_which_a_trigger_changes_what_they_refer_to() {
    let code = refused_by_trigger("NEW.code = 'P-99'").await;
    assert_eq!(code, Code::ReferencesBroken);
}

#[tokio::test]
async fn rows_are_rolled_back_of_which_another_tables_trigger_removes_what_they_refer_to() {
    let trigger = format!(
        "{EMPTIED} CREATE FUNCTION public.remove_product() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN DELETE FROM public.product WHERE \"companyId\" = 'acme' AND code = 'P-3'; RETURN NULL; END $$;
         CREATE TRIGGER removing AFTER INSERT ON public.\"orderLine\" EXECUTE FUNCTION public.remove_product();
         ALTER TABLE public.\"orderLine\" ENABLE ALWAYS TRIGGER removing"
    );
    let code = refused_after(&trigger, "product", |_| ()).await;
    assert!(
        matches!(code, Code::OtherCompany | Code::ReferencesBroken),
        "{code}"
    );
}

#[tokio::test]
async fn rows_are_rolled_back_of_which_a_rule_removes_what_they_refer_to() {
    let rule =
        "DELETE FROM public.\"orderLine\" WHERE \"companyId\" = 'acme' AND \"productCode\" = 'P-3';
         DELETE FROM public.product WHERE \"companyId\" = 'acme' AND code = 'P-3';
         UPDATE public.\"orderLine\" SET quantity = quantity + 1 WHERE \"companyId\" = 'acme';
         CREATE RULE removing AS ON UPDATE TO public.\"orderLine\" DO ALSO
             DELETE FROM public.product WHERE \"companyId\" = 'acme' AND code = 'P-3';
         ALTER TABLE public.\"orderLine\" ENABLE ALWAYS RULE removing";
    let code = refused_after(rule, "product", |_| ()).await;
    assert!(
        matches!(code, Code::OtherCompany | Code::ReferencesBroken),
        "{code}"
    );
}

#[tokio::test]
async fn equal_text_of_another_type_is_no_row_that_is_there() {
    let workshop = Workshop::with(
        "CREATE TABLE public.shift (\"companyId\" text NOT NULL, at timestamp PRIMARY KEY);
         CREATE TABLE public.\"shiftNote\" (id int PRIMARY KEY, \"companyId\" text NOT NULL, day date REFERENCES public.shift (at));
         INSERT INTO public.shift VALUES ('acme', '2026-01-02'); INSERT INTO public.\"shiftNote\" VALUES (1, 'acme', '2026-01-02')",
    )
    .await;
    let backup = workshop.create().await.archive.path;
    let forged = forge(&backup, "shift", |lines| {
        lines[0] = "acme\t2026-01-02 12:00:00".to_owned();
    });
    let forged = forge(&forged, "shiftNote", |lines| {
        lines[0] = "1\tacme\t2026-01-02 12:00:00".to_owned();
    });
    let gone = "DELETE FROM public.\"shiftNote\"; DELETE FROM public.shift";
    workshop.database.run(gone).await;
    let own = workshop.own().await;
    let error = workshop.try_restore(&forged, &workshop.options()).await;
    assert_eq!(error.unwrap_err().code(), Code::ReferencesBroken);
    assert_eq!(workshop.own().await, own);
}

#[tokio::test]
async fn a_row_is_not_moved_to_another_company() {
    let code = refused("order", |lines| {
        lines[3] = lines[3].replacen("\tacme\t", "\tbolt\t", 1)
    })
    .await;
    assert_eq!(code, Code::OtherCompany);
}

#[tokio::test]
async fn a_row_that_hangs_on_another_companys_row_is_not_brought_in() {
    let code = refused("orderTag", |lines| lines.push("132\tzz".to_owned())).await;
    assert!(
        matches!(code, Code::OtherCompany | Code::ArchiveMismatch),
        "{code}"
    );
}

#[tokio::test]
async fn another_companys_row_is_not_overwritten() {
    let code = refused("customer", |lines| {
        let line = lines[0].replacen("acme-c1\t", "bolt-c1\t", 1);
        lines.push(line);
    })
    .await;
    assert_eq!(code, Code::NotRestorable);
}

#[tokio::test]
async fn rows_that_lead_nowhere_are_rolled_back() {
    let code = refused("orderLine", |lines| {
        lines[0] = lines[0].replacen("\tP-", "\tQ-", 1)
    })
    .await;
    assert_eq!(code, Code::ReferencesBroken);
}

#[tokio::test]
async fn rows_that_lead_nowhere_do_not_come_with_those_of_an_emptied_company() {
    let edit = |lines: &mut Vec<String>| lines[0] = lines[0].replacen("\tP-", "\tQ-", 1);
    assert_eq!(
        refused_after(EMPTIED, "orderLine", edit).await,
        Code::ReferencesBroken
    );
}

#[tokio::test]
async fn rows_out_of_order_or_of_another_width_are_refused() {
    assert_eq!(
        refused("product", |lines| lines.swap(0, 1)).await,
        Code::ArchiveMismatch
    );
    assert_eq!(
        refused("product", |lines| lines[0].push_str("\tmore")).await,
        Code::ArchiveMismatch
    );
}

#[tokio::test]
async fn a_value_that_its_type_refuses_changes_nothing() {
    let code = refused("product", |lines| {
        lines[0] = "acme\tP-1\tnot a number".to_owned()
    })
    .await;
    assert!(
        matches!(code, Code::DatabaseFailed | Code::NotRestorable),
        "{code}"
    );
}
