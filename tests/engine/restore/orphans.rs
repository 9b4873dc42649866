//! Rows that refer to nothing, as only somebody who silenced the references can make them: an ordinary
//! restore takes them away, and its revert brings them back byte for byte, or the plan says before who could.

use snapback_engine::Code;
use snapback_engine::difference::Effect;
use snapback_engine::restore::Selection;

use crate::restore::workshop::{Way, Workshop, members};

/// A row that must have its reference, one that changed, and one that is new.
const ORPHANS: &str = "SET session_replication_role = replica;
    INSERT INTO public.\"order\" (id, \"companyId\", \"customerId\") VALUES (9001, 'acme', 'acme-none');
    UPDATE public.customer SET \"parentId\" = 'acme-none', name = 'Renamed' WHERE id = 'acme-c12';
    INSERT INTO public.customer (id, \"companyId\", name, \"parentId\") VALUES ('acme-new', 'acme', 'New', 'acme-nobody');
    DELETE FROM public.forecast WHERE \"orderId\" = 9001;";

/// Backs up, has that happen, restores and reverts. Gives the workshop back: dropping it waits for the
/// server, and so for others that share the thread.
async fn there_and_back(way: Way, before: &str, meanwhile: &str) -> Workshop {
    let workshop = Workshop::by(way, before).await;
    let backup = workshop.create().await;
    workshop.database.run(meanwhile).await;
    let damaged = workshop.own().await;
    workshop.restore(&backup.archive.path).await;
    assert_eq!(
        members(&workshop.create().await.archive.path),
        members(&backup.archive.path)
    );
    workshop.revert().await;
    damaged.assert_same(&workshop.own().await);
    workshop
}

#[tokio::test]
async fn a_revert_brings_orphans_back_that_a_restore_took_away() {
    tokio::join!(
        there_and_back(Way::Superuser, "", ORPHANS),
        there_and_back(Way::ReplicaRole, "", ORPHANS)
    );
}

#[tokio::test]
async fn an_owner_is_told_before_that_orphans_have_no_way_back_and_others_can_revert() {
    let mut workshop = Workshop::by(Way::Owner, "").await;
    let backup = workshop.create().await;
    workshop.database.run(ORPHANS).await;
    let damaged = workshop.own().await;
    let plan = workshop.plan(&backup.archive.path).await;
    let no_way_back: Vec<_> = plan
        .findings
        .iter()
        .filter(|finding| finding.code == "no_way_back")
        .map(|finding| (finding.effect, finding.column.as_deref(), finding.row_count))
        .collect();
    assert_eq!(
        no_way_back,
        [
            (Effect::Lost, Some("parentId"), Some(2)),
            (Effect::Lost, Some("customerId"), Some(1)),
        ]
    );
    workshop.restore(&backup.archive.path).await;
    let restored = workshop.own().await;
    let refused = workshop.try_revert(&workshop.options()).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotRestorable);
    assert_eq!(
        refused.context().get("finding").map(String::as_str),
        Some("no_way_back")
    );
    restored.assert_same(&workshop.own().await);
    workshop.work_by(Way::Superuser).await;
    workshop.revert().await;
    damaged.assert_same(&workshop.own().await);
}

#[tokio::test]
async fn a_reference_that_led_nowhere_and_stays_stands_in_nobodys_way() {
    // The reference leads nowhere in the backup; its row changes in another column.
    let before = "SET session_replication_role = replica; \
                  UPDATE public.customer SET \"parentId\" = 'acme-none' WHERE id = 'acme-c12'";
    let meanwhile = "UPDATE public.customer SET name = 'Renamed' WHERE id = 'acme-c12'";
    tokio::join!(
        there_and_back(Way::Superuser, before, meanwhile),
        there_and_back(Way::ReplicaRole, before, meanwhile),
        there_and_back(Way::Owner, before, meanwhile)
    );
}

/// A customer vanishes and what referred to it stays: an order that must refer to one, and a customer that may.
const FORSAKEN: &str = "SET session_replication_role = replica; \
    DELETE FROM public.customer WHERE id = 'acme-c3'";

#[tokio::test]
async fn rows_that_a_restore_gave_back_what_they_refer_to_lose_it_again_by_a_revert() {
    tokio::join!(
        there_and_back(Way::Superuser, "", FORSAKEN),
        there_and_back(Way::ReplicaRole, "", FORSAKEN)
    );
}

#[tokio::test]
async fn rows_outside_of_backups_stand_in_no_way_where_they_referred_to_nothing_before() {
    let keys = "ALTER TABLE public.\"apiKey\" ADD \"customerId\" text REFERENCES public.customer (id); \
                UPDATE public.\"apiKey\" SET \"customerId\" = 'acme-c3' WHERE id = 'k1'";
    there_and_back(Way::ReplicaRole, keys, FORSAKEN).await;
    // One that came since is in the way, and stays.
    let workshop = Workshop::by(Way::ReplicaRole, keys).await;
    let backup = workshop.create().await;
    workshop.database.run(FORSAKEN).await;
    workshop.restore(&backup.archive.path).await;
    let key = "INSERT INTO public.\"apiKey\" VALUES ('k3', 'acme', 'hash', 'acme-c3')";
    workshop.database.run(key).await;
    let refused = workshop.try_revert(&workshop.options()).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotRestorable);
    let finding = refused.context().get("finding").map(String::as_str);
    assert_eq!(finding, Some("rows_would_dangle"));
}

#[tokio::test]
async fn so_do_rows_of_which_that_alone_was_taken_back() {
    let workshop = Workshop::by(Way::ReplicaRole, "").await;
    let backup = workshop.create().await;
    workshop.database.run(FORSAKEN).await;
    let damaged = workshop.own().await;
    let only = Selection {
        only: vec!["customer:acme-c3".to_owned()],
        ..Selection::default()
    };
    workshop.take(&backup.archive.path, &only).await.unwrap();
    workshop.revert().await;
    damaged.assert_same(&workshop.own().await);
}

/// A customer whose parent is not there; later somebody makes that parent.
const NOBODYS_CHILD: &str = "SET session_replication_role = replica; \
    UPDATE public.customer SET \"parentId\" = 'acme-late' WHERE id = 'acme-c12'";
const LATE: &str =
    "INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-late', 'acme', 'Late')";

#[tokio::test]
async fn what_came_since_goes_though_a_row_of_the_backup_refers_to_it() {
    tokio::join!(
        there_and_back(Way::Superuser, NOBODYS_CHILD, LATE),
        there_and_back(Way::ReplicaRole, NOBODYS_CHILD, LATE)
    );
    // A row that refers to it and is not the backup's stands in the way still: who owns the tables has the server say so.
    let workshop = Workshop::by(Way::Owner, NOBODYS_CHILD).await;
    let backup = workshop.create().await;
    workshop.database.run(LATE).await;
    let before = workshop.own().await;
    let refused = workshop
        .try_restore(&backup.archive.path, &workshop.options())
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::ReferencesBroken);
    before.assert_same(&workshop.own().await);
}
