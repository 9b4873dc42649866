//! Rows that refer to nothing, as only somebody who silenced the references can make them: an ordinary
//! restore takes them away, and its revert brings them back byte for byte, or the plan says before who could.

use snapback_engine::Code;
use snapback_engine::difference::Effect;

use crate::workshop::{Way, Workshop, members};

/// A row that must have its reference, one that changed, and one that is new.
const ORPHANS: &str = "SET session_replication_role = replica;
    INSERT INTO public.\"order\" (id, \"companyId\", \"customerId\") VALUES (9001, 'acme', 'acme-none');
    UPDATE public.customer SET \"parentId\" = 'acme-none', name = 'Renamed' WHERE id = 'acme-c12';
    INSERT INTO public.customer (id, \"companyId\", name, \"parentId\") VALUES ('acme-new', 'acme', 'New', 'acme-nobody');
    DELETE FROM public.forecast WHERE \"orderId\" = 9001;";

/// Gives the workshop back: dropping it waits for the server, and so for others that share the thread.
async fn taken_away_and_back(way: Way) -> Workshop {
    let workshop = Workshop::by(way, "").await;
    let backup = workshop.create().await;
    workshop.database.run(ORPHANS).await;
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
        taken_away_and_back(Way::Superuser),
        taken_away_and_back(Way::ReplicaRole)
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

/// A row whose reference leads nowhere in the backup and today changes in other columns.
async fn kept(way: Way) -> Workshop {
    let orphan = "SET session_replication_role = replica; UPDATE public.customer SET \"parentId\" = 'acme-none' WHERE id = 'acme-c12'";
    let workshop = Workshop::by(way, orphan).await;
    let backup = workshop.create().await;
    workshop
        .database
        .run("UPDATE public.customer SET name = 'Renamed' WHERE id = 'acme-c12'")
        .await;
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
async fn a_reference_that_led_nowhere_and_stays_stands_in_nobodys_way() {
    tokio::join!(
        kept(Way::Superuser),
        kept(Way::ReplicaRole),
        kept(Way::Owner)
    );
}
