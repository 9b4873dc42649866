//! What the application derives and a restore has to bring up to date.

use snapback_engine::restore::{self, AfterStep};
use snapback_engine::{Code, company, profile};

use crate::restore::workshop::Workshop;

/// One view that takes its time, and others that are made from it, straight or by a function.
const VIEWS: &str = "
    CREATE MATERIALIZED VIEW public.counted AS
        SELECT n.count AS n, pg_sleep(0.3)::text AS waited FROM (SELECT count(*) FROM public.customer) AS n;
    CREATE VIEW public.between AS SELECT n FROM public.counted;
    CREATE MATERIALIZED VIEW public.doubled AS SELECT 2 * n AS n FROM public.between;
    CREATE FUNCTION public.so_many() RETURNS bigint LANGUAGE sql AS 'SELECT n FROM public.counted';
    CREATE MATERIALIZED VIEW public.told AS SELECT public.so_many() AS n;
    CREATE MATERIALIZED VIEW public.apart AS SELECT count(*) AS n FROM public.\"order\";";

/// Brings those views up to date.
async fn refreshed(workshop: &Workshop, views: &[&str]) -> Vec<AfterStep> {
    let mut target = workshop.target(workshop.database.settings());
    let steps: String = views
        .iter()
        .map(|view| format!("[[after-restore]]\nwhat = \"{view}\"\nrefresh = \"{view}\"\n"))
        .collect();
    target.profile =
        profile::parse(&(include_str!("workshop.toml").to_owned() + "\n" + &steps)).unwrap();
    let mut opened = company::open(&target, "acme").await.unwrap();
    restore::repeat_after_steps(&mut opened).await.unwrap()
}

#[tokio::test]
async fn views_are_made_again_in_their_order_where_one_is_made_from_another() {
    let workshop = Workshop::with(VIEWS).await;
    let customers = "SELECT count(*)::text FROM public.customer";
    for (views, factor) in [(["counted", "doubled"], 2), (["counted", "told"], 1)] {
        workshop
            .database
            .run("DELETE FROM public.customer WHERE id = (SELECT max(id) FROM public.customer)")
            .await;
        let steps = refreshed(&workshop, &views).await;
        assert!(steps.iter().all(|step| step.failure.is_none()), "{steps:?}");
        let count: u64 = workshop
            .database
            .value(customers)
            .await
            .unwrap()
            .parse()
            .unwrap();
        let n = format!("SELECT n::text FROM public.{}", views[1]);
        let n = workshop.database.value(&n).await.unwrap();
        assert_eq!(n, (count * factor).to_string(), "{views:?}");
    }
}

#[tokio::test]
async fn a_view_that_cannot_be_made_again_keeps_no_other_from_it() {
    let workshop = Workshop::with(VIEWS).await;
    workshop.database.run("DELETE FROM public.\"order\"").await;
    let steps = refreshed(&workshop, &["missing", "counted", "apart"]).await;
    let failures: Vec<_> = steps.iter().map(|step| step.failure).collect();
    assert_eq!(failures, [Some(Code::DatabaseFailed), None, None]);
    let n = workshop
        .database
        .value("SELECT n::text FROM public.apart")
        .await;
    assert_eq!(n.unwrap(), "0");
}
